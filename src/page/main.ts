/** The live page: connects the stream with the table, the details and the notices above them. */
import type { LayoutMessage, PastHead, SpreadMessage, TickMessage } from '../live/messages.js';
import { Alerts } from './alerts.js';
import { Connection } from './connection.js';
import { Controls } from './controls.js';
import { Detail } from './detail.js';
import { palette } from './draw.js';
import { byId, make, setText } from './elements.js';
import { fetchAlerts } from './fetchAlerts.js';
import { fetchPast } from './fetchPast.js';
import { clockTime, duration, exact, span } from './format.js';
import { GroupChips } from './groupChips.js';
import { Mark } from './mark.js';
import { DownNotice, PauseNotice, StaleNotice } from './notices.js';
import { Overview } from './overview.js';
import { pastOf, readPast } from './past.js';
import { PastLoader, type PastWanted } from './pastLoader.js';
import { pageRows, sameRows, type PageRow } from './rows.js';
import type { RowContext } from './rowView.js';
import { SeriesData } from './seriesData.js';
import { Table } from './table.js';
import { choose, FIRST_VIEW, fromAddress, toAddress, type Movement, type View } from './view.js';

/** After this many reads the rows are sorted again, where their order or the filters depend on their values. */
const REORDER = 5;
/** Milliseconds for which the rows in view must stay the same before their parts are asked for: not on each step while the user scrolls or types. */
const QUIET = 150;
/** Milliseconds for which the first values wait for their past. */
const PAST_SOON = 200;
/** The values are called old after this many intervals without a tick. */
const OLD = 2.5;
/** With more CPUs than this, their column is wider, as far as there is room. */
const MANY_CPUS = 64;
/** Milliseconds without a message after which a new stream is opened, although the old one seems to be open. */
const SILENCE = 15_000;

let view: View = FIRST_VIEW;
let rows: readonly PageRow[] = [];
let data: SeriesData | undefined;
let shown: readonly PageRow[] = [];
let colours = palette();
/** The alerts that are shipped; none until they have come. */
let alerts = new Alerts();
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
/** By what row the stream colours the CPUs, and of which CPU it tells the rows that are hot on it. */
let askedOf: { readonly heat: number | undefined; readonly cpu: number | undefined } = {
  heat: undefined,
  cpu: undefined,
};
/** Reads since the rows were sorted. */
let readsSinceSort = 0;
let askTimer: number | undefined;
/** True while the user wants what is shown to stand still. */
let isPaused = false;
let mark: Mark | undefined;
/** Shows the first values without their past, if that does not come soon; undefined once they are shown. */
let firstTimer: number | undefined;
/** True where the values are to be shown with the next frame. */
let isDue = false;
/** True once the rows were sorted by values that are known. */
let isSorted = false;
/** True until the first tick of a layout that goes on with rows of another one. */
let isOtherLayout = false;
/** How the rows are spread over the CPUs; undefined where the exporter does not tell. */
let spread: SpreadMessage | undefined;
/** The rows that are hot on the CPU that is looked at. */
let unusual: { readonly cpu: number; readonly rows: ReadonlySet<number> } | undefined;

const stale = new StaleNotice();
/** Nothing comes of a crash dump after what came first. */
const isDump = document.querySelector('header [data-dump]') !== null;
const down = new DownNotice();
const paused = new PauseNotice(pause);
const controls = new Controls({
  change,
  leave: () => {
    table.focus();
  },
  pause,
  mark: toggleMark,
});
const overview = new Overview({
  onHeat: (key) => {
    change({ heat: key });
  },
  onCpu: (cpu) => {
    change({ cpu: view.cpu === cpu ? undefined : cpu });
  },
  addressOf: ({ key }) => `#${toAddress({ ...view, open: key })}`,
});
const chips = new GroupChips((groups) => {
  change({ groups });
});
const loader = new PastLoader(pastWanted, takePast, fetchPast);
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
  {
    layout: (message) => {
      if (!isPaused) takeLayout(message);
    },
    symbols: (message) => {
      if (!isPaused) takeSymbols(message);
    },
    tick: (message) => {
      if (!isPaused) takeTick(message);
    },
    past: (text) => {
      const past = isPaused ? undefined : readPast(Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)).buffer);
      if (past !== undefined) takePast(past.head, past.values);
    },
    spread: (message) => {
      if (!isPaused) takeSpread(message);
    },
    trouble: (message) => {
      if (!isPaused) takeTrouble(message);
    },
  },
  showAge,
);

const empty = make('p', { class: 'empty', hidden: '' }, 'Nothing matches the search and filters.');
const top = make('div', { class: 'top' }, stale.element, paused.element, controls.element);
byId('main').append(
  down.element,
  overview.element,
  chips.element,
  top,
  make('div', { class: 'columns' }, make('div', { class: 'list' }, table.element, empty), detail.element),
);
// The head of the table stays below the controls, whose height depends on their text.
new ResizeObserver(() => {
  document.documentElement.style.setProperty('--top', `${top.offsetHeight}px`);
}).observe(top);

function takeLayout(layout: LayoutMessage): void {
  const before = { data, rows };
  data = new SeriesData(layout);
  rows = pageRows(layout);
  const from = sameRows(rows, before.rows);
  // Rows that were there before go on: lists may change with each read.
  const goesOn = before.data?.tick !== undefined && from.some((row) => row !== undefined);
  if (before.data !== undefined && goesOn) data.goOn(before.data, from);
  data.past.windowMs = 60_000 * view.minutes;
  if (!goesOn) {
    isSorted = false;
    clearTimeout(firstTimer);
    firstTimer = undefined;
    table.clear();
  }
  isOtherLayout = goesOn;
  controls.showPast(layout.past > 0);
  document.documentElement.classList.toggle('many-cpus', layout.cpus.length > MANY_CPUS);
  asked = new Set();
  spread = undefined;
  unusual = undefined;
  overview.open(rows, layout.cpus);
  chips.open(rows);
  if (goesOn && firstTimer === undefined) order();
  setText(byId('reader'), layout.reader);
  setText(byId('reason'), layout.reason);
  overview.showWindow(data);
  showWindow();
  showDetail();
}

function takeSymbols(symbols: Parameters<DownNotice['show']>[0]): void {
  down.show(symbols);
}

function takeTick(tick: TickMessage): void {
  if (data === undefined) return;
  const isFirst = data.tick === undefined;
  const isNew = data.isNew(tick);
  const readBefore = data.tick?.clock;
  data.take(tick);
  if (isNew) {
    mark?.follow(rows, data, readBefore);
    // Of what the page has not seen itself, the exporter may know.
    if (!isFirst && data.lacksPast && (isOtherLayout || !data.isCompared)) loadPast();
  }
  isOtherLayout = false;
  tickAt = messageAt = performance.now();
  ({ takenAt } = tick);
  trouble = undefined;
  setText(byId('series'), exact(BigInt(tick.series)));
  setText(byId('duration'), duration(tick.duration));
  if (isNew) readsSinceSort++;
  const isLate =
    readsSinceSort >= REORDER && !table.isHeld && (view.sort !== 'name' || view.moving || view.state !== 'all');
  if (isFirst) firstTimer = setTimeout(showFirst, data.layout.past > 0 ? PAST_SOON : 0);
  else if (firstTimer === undefined && isLate) order();
  if (isNew && tick.sequence % REORDER === 0) overview.showWindow(data);
  if (!isSorted && data.isCompared) sortFirst();
  showSoon();
  showAge();
}

function takeSpread(message: SpreadMessage): void {
  spread = message;
  const before = unusual;
  unusual = message.unusual && { cpu: message.unusual.cpu, rows: new Set(message.unusual.rows) };
  if (view.cpu !== undefined && (before?.cpu !== unusual?.cpu || !table.isHeld)) order();
  showSoon();
}

function takePast(head: PastHead, values: Float32Array): void {
  if (data?.layout.id !== head.layout) return;
  data.past.load(head, values);
  data.lacksPast = false;
  mark?.review(rows, data);
  showFirst();
  // How uneven they are, the past does not tell.
  if (!isSorted && view.sort !== 'skew') sortFirst();
  overview.showWindow(data);
  showSoon();
}

/** Shows the first values: with their past, so that all of it is drawn once, in the right order. */
function showFirst(): void {
  if (firstTimer === undefined) return;
  clearTimeout(firstTimer);
  firstTimer = undefined;
  // It did not come with the stream: the exporter may not yet know these rows.
  loadPast();
  order();
  if (data !== undefined) overview.showWindow(data);
  showSoon();
  void loadAlerts();
}

/** They come after the first values, which nobody is to wait for. */
async function loadAlerts(): Promise<void> {
  alerts = await fetchAlerts();
  // Some rows may be found by their alerts only.
  if (view.search !== '') order();
  showSoon();
}

/** Shows the values with the next frame, however many messages come before that. */
function showSoon(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    if (firstTimer === undefined) showValues();
  });
}

/** Brings the rows into their order as soon as there are values to sort by. */
function sortFirst(): void {
  if (firstTimer !== undefined) return;
  isSorted = true;
  order();
}

function loadPast(isUrgent = false): void {
  if (pastWanted() !== undefined) loader.load(isUrgent);
}

function pastWanted(): PastWanted | undefined {
  if (data?.lacksPast !== true || data.layout.past === 0) return undefined;
  return { layout: data.layout.id, ...pastOf(view.minutes) };
}

/** Lets what is shown stand still, or go on. The stream stays open meanwhile: what it brings is not looked at. */
function pause(): void {
  isPaused = !isPaused;
  controls.showPaused(isPaused);
  paused.show(isPaused, takenAt, Date.now());
  // What came meanwhile, and was not looked at, comes again.
  if (!isPaused) connection.open();
  showAge();
}

/** Marks what is shown now, or forgets what was marked. */
function toggleMark(): void {
  mark = mark === undefined && data !== undefined ? new Mark(rows, data) : undefined;
  controls.showMark(mark === undefined || takenAt === undefined ? undefined : clockTime(takenAt, Date.now()));
  document.documentElement.classList.toggle('has-mark', mark !== undefined);
  showValues();
}

function showWindow(): void {
  table.trendHead.title = `the last ${span(60_000 * view.minutes)}`;
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
  chips.show(view.groups);
  order();
  if (view.minutes !== before?.minutes && data !== undefined) {
    data.past.windowMs = 60_000 * view.minutes;
    data.lacksPast = true;
    loadPast(true);
    showWindow();
    overview.showWindow(data);
  }
  if (view.open !== before?.open) showDetail();
  else askSoon();
  showValues();
}

/** Chooses and sorts the rows anew. */
function order(): void {
  if (data === undefined) return;
  readsSinceSort = 0;
  table.show(choose(rows, view, movement(data)), view);
  count();
}

function movement(known: SeriesData): Movement {
  return {
    isUp: (row) => known.isUp(row),
    value: (row) => known.value(row),
    recent: (row) => known.recent(row),
    skew: (row) => known.skew(row),
    alertNames: ({ family }) => alerts.of(family).map(({ name }) => name),
    // All of them until it is known.
    isUnusual: (row) => unusual === undefined || unusual.cpu !== view.cpu || unusual.rows.has(row),
  };
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
  overview.showCpus(context.data, overview.heatRow(view.heat), spread, view.cpu);
  count();
}

function rowContext(): RowContext | undefined {
  return data && { data, colours, alerts, mark, reasonOf: (symbol) => down.reasonOf(symbol) };
}

/** Asks for the parts of the rows that are shown, once these have stayed the same for a moment. */
function askSoon(): void {
  clearTimeout(askTimer);
  askTimer = setTimeout(ask, QUIET);
}

function ask(): void {
  const heatRow = overview.heatRow(view.heat);
  const wanted = [...shown, detail.row, heatRow].flatMap((row) => row?.index ?? []);
  const heat = heatRow?.index;
  const { cpu } = view;
  const isSame = askedOf.heat === heat && askedOf.cpu === cpu;
  if (data === undefined || (isSame && wanted.every((row) => asked.has(row)))) return;
  asked = new Set(wanted);
  askedOf = { heat, cpu };
  connection.want({
    layout: data.layout.id,
    rows: [...asked].sort((a, b) => a - b),
    ...askedOf,
    // Of another layout, what the rows lack is asked for.
    past: undefined,
  });
}

/** Shows or hides the notice that the values are old. */
function showAge(): void {
  const waited = performance.now() - tickAt;
  const old = OLD * (data?.layout.interval ?? 1000);
  const fault =
    trouble ?? connection.fault ?? (waited > old && !isDump ? 'nothing comes from the exporter' : undefined);
  stale.show(isPaused ? undefined : fault, takenAt, Date.now());
}

/** Opens a new stream where the old one has been silent for too long. */
function checkStream(): void {
  if (
    document.visibilityState === 'visible' &&
    !isPaused &&
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
chips.show(view.groups);
connection.want({ layout: undefined, rows: [], heat: undefined, cpu: undefined, past: pastOf(view.minutes) });
