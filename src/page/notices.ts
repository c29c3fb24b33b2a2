/** What must not be overlooked, above the table: that the values are old, which symbols are down, and of what nothing is read. */
import type { DownSymbol, SilentGroup, SymbolsMessage } from '../live/messages.js';
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

export class PauseNotice {
  readonly element = make('p', { class: 'paused', role: 'status', hidden: '' });
  private readonly text = make('strong');

  /** @param goOn called when the user wants the values to go on */
  constructor(goOn: () => void) {
    const button = make('button', { type: 'button' }, 'Go on');
    button.addEventListener('click', goOn);
    this.element.append(this.text, ' ', button);
  }

  /** @param since when the values that are shown were read, in milliseconds since the epoch */
  show(isPaused: boolean, since: number | undefined, now: number): void {
    this.element.hidden = !isPaused;
    setText(this.text, since === undefined ? 'Paused.' : `Paused: all values are those of ${clockTime(since, now)}.`);
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
    const { down, up, all, silent } = symbols;
    this.element.hidden = down.length === 0 && silent.length === 0;
    // Where a kernel does not have what is optional, that is worth knowing, but it is no fault.
    const missing = down.filter(({ optional, cause }) => optional && cause === 'missing');
    const unfit = down.filter(({ optional, cause }) => optional && cause === 'unfit');
    const faults = down.filter((symbol) => !missing.includes(symbol) && !unfit.includes(symbol));
    const parts: HTMLElement[] = [];
    if (faults.length > 0) {
      const title = `${count(faults.length)} down; ${up} of ${all} are read`;
      parts.push(make('h2', {}, title), list(faults));
    }
    parts.push(...[...silent].sort((a, b) => Number(a.absent) - Number(b.absent)).map(nothingReadOf));
    if (unfit.length > 0)
      parts.push(aside(`${count(unfit.length)} optional and of another form in this kernel`, unfit));
    if (missing.length > 0) parts.push(aside(`${count(missing.length)} optional and not in this kernel`, missing));
    this.element.replaceChildren(...parts);
    this.element.classList.toggle('is-fault', faults.length > 0 || silent.some(({ absent }) => !absent));
  }
}

/** One of the faults where the kernel has something of the group, else a remark. */
function nothingReadOf({ group, absent, reason }: SilentGroup): HTMLElement {
  return make(absent ? 'p' : 'h2', {}, 'Nothing of ', make('code', {}, group), ` is read: ${reason}`);
}

/** What is worth knowing and no fault, folded up where it is long. */
function aside(title: string, symbols: readonly DownSymbol[]): HTMLElement {
  const details = make('details', {}, make('summary', {}, title), list(symbols));
  details.open = symbols.length <= 3;
  return details;
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
