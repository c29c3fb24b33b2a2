/** The state of every symbol as an HTML table, what is down first: that is what a reader looks for. */
import { basisText } from '../../plan/layoutBasis.js';
import type { SymbolStatus } from '../../snapshots/symbolStatus.js';
import { escape } from './html.js';

/** Where each symbol lies. */
export type Addresses = ReadonlyMap<string, readonly bigint[]>;

/**
 * @param symbols empty before the first read
 * @param addresses undefined where they are not to be shown
 */
export function symbolStates(symbols: readonly SymbolStatus[], addresses?: Addresses): string {
  const up = symbols.filter((status) => status.up);
  const down = symbols.filter((status) => !status.up);
  const titles = [
    'Symbol',
    'Group',
    'State',
    'Since',
    'Layout',
    'Reason',
    ...(addresses === undefined ? [] : ['Address']),
  ];
  return `<p>${symbols.length === 0 ? 'Not read yet.' : `${up.length} of ${symbols.length} are read.`}</p>
<div class="wide" tabindex="0" role="region" aria-label="Symbols">
<table>
<thead><tr>${titles.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead>
<tbody>
${[...down, ...up].map((status) => row(status, addresses)).join('\n')}
</tbody>
</table>
</div>`;
}

function row(
  { symbol, groups, optional, up, reason, bases, since }: SymbolStatus,
  addresses: Addresses | undefined,
): string {
  const cells = [
    `<code>${escape(symbol)}</code>${optional ? ' (optional)' : ''}`,
    escape(groups.join(', ')),
    up ? '<span class="is-up">● up</span>' : '<span class="is-down">▼ down</span>',
    new Date(since).toISOString(),
    bases.map((basis) => escape(basisText(basis))).join('<br>'),
    escape(reason),
  ];
  if (addresses !== undefined) {
    const hex = (addresses.get(symbol) ?? []).map((address) => `0x${address.toString(16)}`);
    cells.push(`<code>${hex.join(' ')}</code>`);
  }
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}
