/** The table of rows. Only those in view are in the document, so that a thousand rows cost no more than thirty. */
import { Sizes } from './draw.js';
import { make } from './elements.js';
import { exact } from './format.js';
import { isHeading, isSameLine, Lines, type Heading, type Heights, type Line } from './lines.js';
import type { PageRow } from './rows.js';
import { RowView, type RowContext } from './rowView.js';
import type { SortKey, View } from './view.js';

export interface TableEvents {
  onOpen(row: PageRow): void;
  onSort(key: SortKey): void;
  /** Called with the rows that are in the document: those in view and a few above and below. */
  onShown(rows: readonly PageRow[]): void;
  /** The address of the details of a row. */
  addressOf(row: PageRow): string;
}

/** How many lines above and below the view are in the document, too. */
const BEYOND = 8;

const TREND = 'trend';
const columns: readonly (readonly [name: string, title: string, sort?: SortKey])[] = [
  ['series', 'Series', 'name'],
  ['total', 'Value', 'value'],
  ['rate', 'Rate', 'rate'],
  [TREND, 'Trend'],
  ['by-cpu', 'By CPU'],
  ['busiest', 'Busiest', 'skew'],
];

const FLOOR =
  'How many times the work of the average CPU the busiest one does. Empty where none did one event (1 KiB of bytes) a second, or where chance may make the difference.';

export class Table {
  readonly element: HTMLTableElement;
  /** The head of the column of trends. Its title says how far back they go. */
  readonly trendHead: HTMLElement;
  private readonly body = make('tbody', { role: 'rowgroup' });
  private readonly above = spacer();
  private readonly below = spacer();
  private readonly heads = new Map<SortKey, HTMLElement>();
  private readonly views = new Map<PageRow, RowView>();
  private rows: readonly PageRow[] = [];
  private lines = new Lines([], false);
  /** The lines that are in the document. */
  private shownLines: readonly Line[] = [];
  /** The rows among them. */
  private shown: readonly PageRow[] = [];
  private context: RowContext | undefined;
  /** The row that the keyboard is at. */
  private current: PageRow | undefined;
  private openKey: string | undefined;
  private isDue = false;

  constructor(private readonly events: TableEvents) {
    const heads = columns.map(([name, title, sort]) => {
      const head = make('th', { class: name, role: 'columnheader', scope: 'col' });
      if (sort === 'skew') head.title = FLOOR;
      if (sort === undefined) head.append(title);
      else {
        const button = make('button', { type: 'button' }, title);
        button.addEventListener('click', () => {
          events.onSort(sort);
        });
        head.append(button);
        this.heads.set(sort, head);
      }
      return head;
    });
    this.trendHead = heads.find(({ className }) => className === TREND) ?? make('th');
    this.element = make(
      'table',
      { role: 'table', 'aria-label': 'Series' },
      make('thead', { role: 'rowgroup' }, make('tr', { role: 'row', 'aria-rowindex': '1' }, ...heads)),
      this.body,
    );
    const place = (): void => {
      this.placeSoon();
    };
    addEventListener('scroll', place, { passive: true });
    new ResizeObserver(place).observe(this.element);
    addEventListener('resize', place);
    this.body.addEventListener('keydown', (event) => {
      this.move(event);
    });
    this.body.addEventListener('click', (event) => {
      this.click(event);
    });
    this.body.addEventListener('focusin', ({ target }) => {
      const row = this.shown.find((shown) => this.views.get(shown)?.link === target);
      if (row !== undefined) this.setCurrent(row);
    });
  }

  /** True while the order of the rows must stay, because the pointer or the keyboard is at one of them. */
  get isHeld(): boolean {
    return this.body.matches(':hover') || this.body.contains(document.activeElement);
  }

  get length(): number {
    return this.rows.length;
  }

  /** Forgets all rows, before those of another layout come. */
  clear(): void {
    this.views.clear();
    this.rows = [];
    this.lines = new Lines([], false);
    this.shownLines = [];
    this.shown = [];
    this.current = undefined;
    this.body.replaceChildren();
  }

  show(rows: readonly PageRow[], view: View): void {
    this.rows = rows;
    this.lines = new Lines(rows, view.sort === 'name');
    this.openKey = view.open;
    const { current } = this;
    // Rows of another layout are other objects.
    if (current !== undefined && !rows.includes(current)) this.current = rows.find(({ key }) => key === current.key);
    for (const [key, head] of this.heads) {
      // Names begin with the least, numbers with the most.
      const ascends = (key === 'name') !== view.reverse;
      head.setAttribute('aria-sort', key !== view.sort ? 'none' : ascends ? 'ascending' : 'descending');
    }
    this.element.setAttribute('aria-rowcount', String(this.lines.all.length + 1));
    this.place();
  }

  /** Shows the newest values. */
  update(context: RowContext): void {
    this.context = context;
    const sizes = new Sizes();
    for (const row of this.shown) this.views.get(row)?.update(context, sizes);
  }

  /** Moves the keyboard's focus to the row where it was last, or to the first one. */
  focus(): void {
    this.focusRow(this.current === undefined ? 0 : this.rows.indexOf(this.current));
  }

  private placeSoon(): void {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.place();
    });
  }

  private place(): void {
    const { lines } = this;
    const heights = this.heights();
    const top = this.body.getBoundingClientRect().top;
    const count = lines.all.length;
    const first = Math.max(0, lines.at(-top, heights) - BEYOND);
    const last = Math.min(count, Math.max(first, lines.at(window.innerHeight - top, heights) + 1 + BEYOND));
    const shownLines = lines.all.slice(first, last);
    const shown = shownLines.flatMap((line) => (isHeading(line) ? [] : line));
    this.above.style.height = `${lines.top(first, heights)}px`;
    this.below.style.height = `${lines.top(count, heights) - lines.top(last, heights)}px`;
    const focused = this.shown.find((row) => this.views.get(row)?.link === document.activeElement);
    const isSame =
      shownLines.length === this.shownLines.length &&
      shownLines.every((line, index) => isSameLine(line, this.shownLines[index]));
    this.shownLines = shownLines;
    this.shown = shown;
    for (const row of [...this.views.keys()]) if (!shown.includes(row)) this.views.delete(row);
    const elements = shownLines.map((line, index) =>
      isHeading(line) ? headingElement(line, first + index) : this.rowElement(line, first + index),
    );
    if (isSame) return;
    this.body.replaceChildren(this.above, ...elements, this.below);
    if (this.context !== undefined) this.update(this.context);
    const refocused = focused && shown.find(({ key }) => key === focused.key);
    if (refocused !== undefined) this.views.get(refocused)?.link.focus({ preventScroll: true });
    this.events.onShown(shown);
  }

  private rowElement(row: PageRow, position: number): HTMLElement {
    let view = this.views.get(row);
    if (view === undefined) {
      view = new RowView(row);
      this.views.set(row, view);
    }
    const { element, link } = view;
    element.setAttribute('aria-rowindex', String(position + 2));
    element.classList.toggle('is-open', row.key === this.openKey);
    link.href = this.events.addressOf(row);
    const isCurrent = row === (this.current ?? this.rows[0]);
    link.tabIndex = isCurrent ? 0 : -1;
    return element;
  }

  private heights(): Heights {
    const style = getComputedStyle(this.element);
    const height = (name: string): number => parseFloat(style.getPropertyValue(name));
    return { row: height('--row-height'), heading: height('--heading-height') };
  }

  private setCurrent(row: PageRow): void {
    this.current = row;
    for (const [shown, { link }] of this.views) link.tabIndex = shown === row ? 0 : -1;
  }

  private click(event: MouseEvent): void {
    // Clicks that open a new tab, or that select text, are left to the browser.
    if (event.ctrlKey || event.metaKey || event.shiftKey || getSelection()?.isCollapsed === false) return;
    const element = (event.target as Element).closest('tr');
    const row = this.shown.find((shown) => this.views.get(shown)?.element === element);
    if (row === undefined) return;
    event.preventDefault();
    this.setCurrent(row);
    this.events.onOpen(row);
  }

  private move(event: KeyboardEvent): void {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.current === undefined ? -1 : this.rows.indexOf(this.current);
    event.preventDefault();
    this.focusRow(Math.max(0, Math.min(this.rows.length - 1, at + step)));
  }

  private focusRow(index: number): void {
    const row = this.rows[index];
    if (row === undefined) return;
    this.setCurrent(row);
    const heights = this.heights();
    const height = heights.row;
    const top = this.body.getBoundingClientRect().top + this.lines.top(this.lines.all.indexOf(row), heights);
    // The head of the table stays in view above the rows.
    const room = this.trendHead.getBoundingClientRect().bottom;
    if (top < room) scrollBy(0, top - room);
    else if (top + height > window.innerHeight) scrollBy(0, top + height - window.innerHeight);
    this.place();
    this.views.get(row)?.link.focus({ preventScroll: true });
  }
}

function headingElement({ group, rows }: Heading, position: number): HTMLElement {
  const count = make('span', {}, rows === 1 ? '1 row' : `${exact(BigInt(rows))} rows`);
  // Where there is no room for trends, that column is not there, and neither is this cell.
  const span = { colspan: String(columns.length - 1), 'aria-colspan': String(columns.length - 1) };
  const name = make('th', { role: 'rowheader', scope: 'rowgroup', ...span }, group, ' ', count);
  const rest = make('td', { class: TREND, role: 'cell' });
  return make('tr', { class: 'group', role: 'row', 'aria-rowindex': String(position + 2) }, name, rest);
}

function spacer(): HTMLElement {
  return make('tr', { class: 'spacer', 'aria-hidden': 'true' }, make('td'));
}
