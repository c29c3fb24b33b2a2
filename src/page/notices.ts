/** What must not be overlooked, above the table: that the values are old, and which symbols are down. */
import type { DownSymbol, SymbolsMessage } from '../live/messages.js';
import { make, setText } from './elements.js';
import { clockTime, span } from './format.js';

export class StaleNotice {
  readonly element = make('p', { class: 'stale', hidden: '' });
  /** A screen reader reads this out when it changes. The age is not in it, since that changes each second. */
  private readonly what = make('strong', { role: 'alert' });
  private readonly why = make('span');
  private readonly age = make('span');

  constructor() {
    this.element.append(this.what, ' ', this.age, ' ', this.why);
  }

  /**
   * @param fault why there are no newer values; undefined where the newest ones are shown
   * @param since when the last values were read, in milliseconds since the epoch; undefined where none came yet
   */
  show(fault: string | undefined, since: number | undefined, now: number): void {
    this.element.hidden = fault === undefined;
    document.documentElement.classList.toggle('is-stale', fault !== undefined);
    if (fault === undefined) return;
    setText(this.what, since === undefined ? 'No values yet' : `Old values, read at ${clockTime(since, now)}`);
    setText(this.age, since === undefined ? '–' : `(${span(now - since)} ago) –`);
    setText(this.why, fault);
  }
}

export class DownNotice {
  readonly element = make('section', { class: 'down', 'aria-label': 'Symbols that are down', hidden: '' });
  private symbols: SymbolsMessage | undefined;

  /** Why a symbol is down; undefined where it is up. */
  reasonOf(symbol: string): string | undefined {
    return this.symbols?.down.find((down) => down.symbol === symbol)?.reason;
  }

  show(symbols: SymbolsMessage): void {
    this.symbols = symbols;
    const { down, up, all } = symbols;
    this.element.hidden = down.length === 0;
    // Where a kernel does not have what is optional, that is worth knowing, but it is no fault.
    const [missing, faults] = [down.filter(isMissing), down.filter((symbol) => !isMissing(symbol))];
    const parts: HTMLElement[] = [];
    if (faults.length > 0) {
      const title = `${count(faults.length)} down; ${up} of ${all} are read`;
      parts.push(make('h2', {}, title), list(faults));
    }
    if (missing.length > 0) {
      const title = `${count(missing.length)} optional and not in this kernel`;
      const details = make('details', {}, make('summary', {}, title), list(missing));
      details.open = missing.length <= 3;
      parts.push(details);
    }
    this.element.replaceChildren(...parts);
    this.element.classList.toggle('is-fault', faults.length > 0);
  }
}

function isMissing({ optional, absent }: DownSymbol): boolean {
  return optional && absent;
}

function count(symbols: number): string {
  return symbols === 1 ? '1 symbol is' : `${symbols} symbols are`;
}

function list(symbols: readonly DownSymbol[]): HTMLElement {
  const now = Date.now();
  const items = symbols.map(({ symbol, groups, optional, reason, since }) =>
    make(
      'li',
      {},
      make('code', {}, symbol),
      make('span', { class: 'reason' }, reason),
      make(
        'span',
        { class: 'when' },
        `since ${clockTime(since, now)} · ${groups.join(', ')}${optional ? ' · optional' : ''}`,
      ),
    ),
  );
  return make('ul', {}, ...items);
}
