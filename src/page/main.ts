/** The live page: wires the stream to the table, the details and what is said above them. */
import type { LayoutMessage, TickMessage } from '../live/messages.js';
import { Connection } from './connection.js';
import { Controls } from './controls.js';
import { Detail } from './detail.js';
import { palette } from './draw.js';
import { byId, make, setText } from './elements.js';
import { duration, exact, span } from './format.js';
import { DownNotice, StaleNotice } from './notices.js';
import { pageRows, type PageRow } from './rows.js';
import type { Surroundings } from './rowView.js';
import { REMEMBERED, SeriesData } from './seriesData.js';
import { Table } from './table.js';
import { choose, FIRST_VIEW, fromAddress, toAddress, type View } from './view.js';

/** Reads after which rows are put in order again where the order goes by what they do. */
const REORDER = 5;
/** Milliseconds after which what is shown is asked for: while somebody scrolls or types, nothing is. */
const SETTLED = 150;
/** Intervals without a tick after which the values are old. */
const OLD = 2.5;
/** Milliseconds without a tick after which another stream is opened in place of one that seems to be open. */
const DEAD = 15_000;

let view: View = FIRST_VIEW;
let rows: readonly PageRow[] = [];
let data: SeriesData | undefined;
let shown: readonly PageRow[] = [];
let colours = palette();
/** When a message came last, and when a tick; and when the values in that were read. */
let heardAt = performance.now();
let cameAt = performance.now();
let takenAt: number | undefined;
let trouble: string | undefined;
/** The rows whose parts the stream brings. */
let asked = new Set<number>();
let sinceOrder = 0;
let settling: number | undefined;

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
// What stays at the top of the window is as high as its text needs.
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
  cameAt = heardAt = performance.now();
  ({ takenAt } = tick);
  trouble = undefined;
  setText(byId('series'), exact(BigInt(tick.series)));
  setText(byId('duration'), duration(tick.duration));
  if (isNew) sinceOrder++;
  const isDue = sinceOrder >= REORDER && !table.isHeld && (view.sort !== 'name' || view.moving || view.state !== 'all');
  if (isFirst || isDue) order();
  showValues();
  showAge();
}

function takeTrouble({ reason }: { readonly reason: string }): void {
  trouble = reason;
  heardAt = performance.now();
  showAge();
}

/** Puts in force what somebody chose. */
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

/** Chooses the rows anew. */
function order(): void {
  if (data === undefined) return;
  sinceOrder = 0;
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
  const surroundings = around();
  if (surroundings === undefined) return;
  table.update(surroundings);
  detail.update(surroundings);
  count();
}

function around(): Surroundings | undefined {
  return data && { data, colours, reasonOf: (symbol) => down.reasonOf(symbol) };
}

/** Asks for the parts of what is shown, once that no longer changes. */
function askSoon(): void {
  clearTimeout(settling);
  settling = setTimeout(ask, SETTLED);
}

function ask(): void {
  const wanted = [...shown, ...(detail.row === undefined ? [] : [detail.row])].map(({ index }) => index);
  if (data === undefined || wanted.every((row) => asked.has(row))) return;
  asked = new Set(wanted);
  connection.want({ layout: data.layout.id, rows: [...asked].sort((a, b) => a - b) });
}

/** Says whether the values are of now, each second. */
function showAge(): void {
  const waited = performance.now() - cameAt;
  const old = OLD * (data?.layout.interval ?? 1000);
  const fault = trouble ?? connection.fault ?? (waited > old ? 'nothing comes from the exporter' : undefined);
  stale.show(fault, takenAt, Date.now());
}

function look(): void {
  if (
    document.visibilityState === 'visible' &&
    performance.now() - heardAt > Math.max(DEAD, OLD * (data?.layout.interval ?? 0))
  ) {
    heardAt = performance.now();
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
for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)']) {
  matchMedia(query).addEventListener('change', () => {
    colours = palette();
    showValues();
  });
}
setInterval(look, 1000);
view = fromAddress(location.hash);
controls.show(view);
connection.open();
