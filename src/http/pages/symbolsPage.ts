/** The page at /symbols: the groups that give nothing, the state of every symbol, and where it lies if that is to be shown. */
import type { GroupStatus } from '../../snapshots/groupStatus.js';
import type { SymbolsSeen } from '../../snapshots/symbolWatch.js';
import { escape, htmlPage } from './html.js';
import { symbolStates, type Addresses } from './symbolStates.js';

export function symbolsPage({ symbols, groups }: SymbolsSeen, addresses: Addresses | undefined): string {
  return htmlPage(
    'Symbols of kcounter_exporter',
    `<h1>Symbols</h1>
<p><a href="/">kcounter_exporter</a></p>
${groups.flatMap(nothingReadOf).join('')}${symbolStates(symbols, addresses)}`,
  );
}

function nothingReadOf({ group, state, reason }: GroupStatus): string[] {
  if (state === 'read') return [];
  const isWrong = state === 'silent' ? ' class="down"' : '';
  return [`<p>Nothing of <code>${escape(group)}</code> is read: <span${isWrong}>${escape(reason)}</span></p>\n`];
}
