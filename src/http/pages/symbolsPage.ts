/** The page at /symbols: the groups that give nothing, the state of every symbol, and where it lies if that is to be shown. */
import type { GroupStatus } from '../../snapshots/groupStatus.js';
import type { SymbolsSeen } from '../../snapshots/symbolWatch.js';
import { escape, htmlPage, type PageHead } from './html.js';
import { symbolStates, type Addresses } from './symbolStates.js';

export function symbolsPage(
  head: PageHead,
  { symbols, groups }: SymbolsSeen,
  addresses: Addresses | undefined,
): string {
  return htmlPage(head, {
    title: 'Symbols of kcounter_exporter',
    body: `<main class="symbols">
<h2>Symbols</h2>
${groups.flatMap(nothingReadOf).join('')}${symbolStates(symbols, addresses)}
</main>`,
  });
}

function nothingReadOf({ group, state, reason }: GroupStatus): string[] {
  if (state === 'read') return [];
  const isWrong = state === 'silent' ? ' class="is-down"' : '';
  return [`<p>Nothing of <code>${escape(group)}</code> is read: <span${isWrong}>${escape(reason)}</span></p>\n`];
}
