/** The page at /symbols: the state of every symbol, and where it lies if that is to be shown. */
import type { SymbolStatus } from '../../snapshots/symbolStatus.js';
import { htmlPage } from './html.js';
import { symbolStates, type Addresses } from './symbolStates.js';

export function symbolsPage(symbols: readonly SymbolStatus[], addresses: Addresses | undefined): string {
  return htmlPage(
    'Symbols of kcounter_exporter',
    `<h1>Symbols</h1>
<p><a href="/">kcounter_exporter</a></p>
${symbolStates(symbols, addresses)}`,
  );
}
