/** The live page: connects the stream with the table, the details and the notices above them. */
import type { LayoutMessage, TickMessage } from '../live/messages.js';
import { Connection } from './connection.js';
import { Controls } from './controls.js';
import { Detail } from './detail.js';
import { palette } from './draw.js';
import { byId, make, setText } from './elements.js';
import { duration, exact, span } from './format.js';
import { DownNotice, StaleNotice } from './notices.js';
import { pageRows, type PageRow } from './rows.js';
import type { RowContext } from './rowView.js';
import { REMEMBERED, SeriesData } from './seriesData.js';
import { Table } from './table.js';
import { choose, FIRST_VIEW, fromAddress, toAddress, type View } from './view.js';

/** After this many reads the rows are sorted again, where their order or the filters depend on their values. */
const REORDER = 5;
/** Milliseconds for which the rows in view must stay the same before their parts are asked for: not on each step while the user scrolls or types. */
const QUIET = 150;
/** The values are called old after this many intervals without a tick. */
const OLD = 2.5;
/** Milliseconds without a message after which a new stream is opened, although the old one seems to be open. */
const SILENCE = 15_000;

let view: View = FIRST_VIEW;
let rows: readonly PageRow[] = [];
let data: SeriesData | undefined;
let shown: readonly PageRow[] = [];
let colours = palette();
/** When the last tick or trouble came, by the clock of performance.now(). */
let messageAt = performance.now();
/** When the last tick came, by the same clock. */
let tickAt = performance.now();
/** When the values of that tick were read, in milliseconds since the epoch. */
let takenAt: number | undefined;
/** Why the exporter could not read the kernel; undefined where it could. */
let trouble: string | undefined;
/** The rows whose parts the open stream brings. */
let asked = new Set<number>();
/** Reads since the rows were sorted. */
let readsSinceSort = 0;
let askTimer: number | undefined;

const stale = new StaleNotice();
const down = new DownNotice();
const controls = new Controls(change, () => {
  table.focus();
});
const table = new Table({
  onOpen: (row) => {
    change({ open: row.key });
    detail.focus();
  },
  onSort: (key) => {
    change({ sort: key, reverse: view.sort === key && !view.reverse });
  },
  onShown: (near) => {
    shown = near;
    askSoon();
  },
  addressOf: ({ key }) => `#${toAddress({ ...view, open: key })}`,
});
const detail = new Detail(() => {
  change({ open: undefined });
  table.focus();
});
const connection = new Connection(
  { layout: takeLayout, symbols: takeSymbols, tick: takeTick, trouble: takeTrouble },
  showAge,
);

const empty = make('p', { class: 'empty', hidden: '' }, 'Nothing matches the search and filters.');
const top = make('div', { class: 'top' }, stale.element, controls.element);
byId('main').append(
  down.element,
  top,
  make('div', { class: 'columns' }, make('div', { class: 'list' }, table.element, empty), detail.element),
);
// The head of the table stays below the controls, whose height depends on their text.
new ResizeObserver(() => {
  document.documentElement.style.setProperty('--top', `${top.offsetHeight}px`);
}).observe(top);

function takeLayout(layout: LayoutMessage): void {
  data = new SeriesData(layout);
  rows = pageRows(layout);
  asked = new Set();
  table.clear();
  setText(byId('reader'), layout.reader);
  setText(byId('reason'), layout.reason);
  table.trendHead.title = `the last ${span(REMEMBERED * layout.interval)}`;
  showDetail();
}

function takeSymbols(symbols: Parameters<DownNotice['show']>[0]): void {
  down.show(symbols);
}

function takeTick(tick: TickMessage): void {
  if (data === undefined) return;
  const isFirst = data.tick === undefined;
  const isNew = data.tick?.sequence !== tick.sequence;
  data.take(tick);
  tickAt = messageAt = performance.now();
  ({ takenAt } = tick);
  trouble = undefined;
  setText(byId('series'), exact(BigInt(tick.series)));
  setText(byId('duration'), duration(tick.duration));
  if (isNew) readsSinceSort++;
  const isDue =
    readsSinceSort >= REORDER && !table.isHeld && (view.sort !== 'name' || view.moving || view.state !== 'all');
  if (isFirst || isDue) order();
  showValues();
  showAge();
}

function takeTrouble({ reason }: { readonly reason: string }): void {
  trouble = reason;
  messageAt = performance.now();
  showAge();
}

/** Takes over what the user chose. */
function change(changed: Partial<View>): void {
  const before = view;
  view = { ...view, ...changed };
  const address = toAddress(view);
  history.replaceState(null, '', address === '' ? location.pathname + location.search : `#${address}`);
  showView(before);
}

function showView(before?: View): void {
  controls.show(view);
  order();
  if (view.open !== before?.open) showDetail();
  showValues();
}

/** Chooses and sorts the rows anew. */
function order(): void {
  if (data === undefined) return;
  readsSinceSort = 0;
  table.show(choose(rows, view, data), view);
  count();
}

function count(): void {
  const moves = view.sort !== 'name' || view.moving;
  empty.hidden = table.length > 0;
  controls.count(table.length, rows.length, moves && table.isHeld);
}

function showDetail(): void {
  const row = rows.find(({ key }) => key === view.open);
  detail.open(row, data?.layout.cpus ?? []);
  document.documentElement.classList.toggle('has-detail', row !== undefined);
  askSoon();
}

function showValues(): void {
  const context = rowContext();
  if (context === undefined) return;
  table.update(context);
  detail.update(context);
  count();
}

function rowContext(): RowContext | undefined {
  return data && { data, colours, reasonOf: (symbol) => down.reasonOf(symbol) };
}

/** Asks for the parts of the rows that are shown, once these have stayed the same for a moment. */
function askSoon(): void {
  clearTimeout(askTimer);
  askTimer = setTimeout(ask, QUIET);
}

function ask(): void {
  const wanted = [...shown, ...(detail.row === undefined ? [] : [detail.row])].map(({ index }) => index);
  if (data === undefined || wanted.every((row) => asked.has(row))) return;
  asked = new Set(wanted);
  connection.want({ layout: data.layout.id, rows: [...asked].sort((a, b) => a - b) });
}

/** Shows or hides the notice that the values are old. */
function showAge(): void {
  const waited = performance.now() - tickAt;
  const old = OLD * (data?.layout.interval ?? 1000);
  const fault = trouble ?? connection.fault ?? (waited > old ? 'nothing comes from the exporter' : undefined);
  stale.show(fault, takenAt, Date.now());
}

/** Opens a new stream where the old one has been silent for too long. */
function checkStream(): void {
  if (
    document.visibilityState === 'visible' &&
    performance.now() - messageAt > Math.max(SILENCE, OLD * (data?.layout.interval ?? 0))
  ) {
    messageAt = performance.now();
    connection.open();
  }
  showAge();
}

addEventListener('hashchange', () => {
  const before = view;
  view = fromAddress(location.hash);
  showView(before);
});
addEventListener('keydown', ({ key }) => {
  if (key === 'Escape' && view.open !== undefined && document.activeElement === document.body)
    change({ open: undefined });
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  colours = palette();
  showValues();
});
setInterval(checkStream, 1000);
view = fromAddress(location.hash);
controls.show(view);
connection.open();
