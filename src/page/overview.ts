/** The top of the page: what went wrong in the window, what changed most, and which CPUs are hot. */
import type { SpreadMessage } from '../live/messages.js';
import { changes, changeText, knownText, nothingText, troubles, type Change, type Trouble } from './changes.js';
import { CpuStrip } from './cpuStrip.js';
import { make, setText } from './elements.js';
import { exact, quantity, rate as rateText, span } from './format.js';
import { hottest, type StripValues } from './heat.js';
import type { PageRow } from './rows.js';
import type { SeriesData } from './seriesData.js';

/** Lines of each list. */
const LINES = 5;
/** What CPUs are looked at by most: a title, and how the metric's name ends. */
const usual: readonly (readonly [title: string, ending: string])[] = [
  ['interrupts', '_vm_device_interrupts_total'],
  ['switches', '_vm_context_switches_total'],
  ['soft interrupts', '_vm_software_interrupts_total'],
  ['faults', '_vm_faults_total'],
  ['system calls', '_vm_syscalls_total'],
  ['traps', '_vm_traps_total'],
];

export interface OverviewEvents {
  /** Called with the key of the row by which the CPUs are to be coloured. */
  onHeat(key: string): void;
  /** Called with the id of a CPU that was chosen. */
  onCpu(cpu: number): void;
  /** The address of the details of a row. */
  addressOf(row: PageRow): string;
}

export class Overview {
  readonly element: HTMLElement;
  private readonly troubles = list();
  private readonly changes = list();
  /** Of how much of the window the errors and drops are. */
  private readonly known = make('p', { class: 'said' });
  private readonly heat = make('select', { id: 'heat' });
  private readonly said = make('p', { class: 'said' });
  private readonly strip: CpuStrip;
  private rows: readonly PageRow[] = [];
  private cpus: readonly number[] = [];

  constructor(private readonly events: OverviewEvents) {
    this.strip = new CpuStrip((cpu) => {
      events.onCpu(cpu);
    });
    this.heat.addEventListener('change', () => {
      events.onHeat(this.heat.value);
    });
    const choice = make('label', { class: 'choice' }, make('span', {}, 'by'), this.heat);
    this.element = make(
      'section',
      { class: 'overview', 'aria-label': 'Overview' },
      card('Errors and drops', this.troubles, this.known),
      card('Changed most', this.changes),
      make(
        'div',
        { class: 'card wide' },
        make('div', { class: 'title' }, make('h2', {}, 'CPUs'), choice, this.said),
        this.strip.element,
      ),
    );
  }

  /** Shows the rows and CPUs of another layout. */
  open(rows: readonly PageRow[], cpus: readonly number[]): void {
    const isSame = rows.length === this.rows.length && rows.every(({ key }, at) => key === this.rows[at]?.key);
    const hasSameCpus = String(cpus) === String(this.cpus);
    this.rows = rows;
    this.cpus = cpus;
    if (!hasSameCpus) this.strip.build(cpus);
    // What the user has opened to choose from stays.
    if (isSame) return;
    const counters = rows.filter(({ family }) => family.type === 'counter');
    const known = usual.flatMap(([title, ending]) => {
      const row = counters.find(({ family, labels }) => labels === '' && `_${family.name}`.endsWith(ending));
      return row === undefined ? [] : [make('option', { value: row.key }, title)];
    });
    const others = counters.map(({ key }) => make('option', { value: key }, key));
    const group = make('optgroup', { label: 'all counters' }, ...others);
    this.heat.replaceChildren(...known, ...(others.length === 0 ? [] : [group]));
  }

  /** The row by which the CPUs are coloured; undefined where there is none. */
  heatRow(key: string | undefined): PageRow | undefined {
    const wanted = this.rows.find((row) => row.key === key) ?? this.rows.find((row) => row.key === this.firstChoice);
    if (wanted !== undefined && this.heat.value !== wanted.key) this.heat.value = wanted.key;
    return wanted;
  }

  private get firstChoice(): string | undefined {
    return this.heat.querySelector('option')?.value;
  }

  /** Shows what the window tells. */
  showWindow(data: SeriesData): void {
    const { past, layout } = data;
    const all = troubles(this.rows, past, (row) => data.isUp(row));
    const lasts = span(past.windowMs);
    setText(this.known, knownText(all, past.windowMs));
    fill(
      this.troubles,
      all.found.map((trouble) => this.troubleLine(trouble)),
      nothingText(all, past.windowMs, layout.past > 0),
    );
    const changed = changes(this.rows, past);
    fill(
      this.changes,
      (changed ?? []).map((change) => this.changeLine(change)),
      changed === undefined
        ? `Known when there are ${span(2 * past.windowMs)} to compare.`
        : `Nothing changed much against the ${lasts} before.`,
    );
  }

  /** Shows what the CPUs do: in the last window of the exporter, or, where it has none, from one read to the next. */
  showCpus(
    data: SeriesData,
    row: PageRow | undefined,
    spread: SpreadMessage | undefined,
    chosen: number | undefined,
  ): void {
    const isKnown = spread?.heat !== undefined && spread.heat.row === row?.index;
    const moves = row === undefined ? undefined : data.partsOf(row.index)?.moves;
    const unit = row?.family.unit;
    const values: StripValues = { unit, rates: isKnown ? spread.heat.rates : moves, hot: spread?.hot ?? [], chosen };
    this.strip.update(values);
    const when = isKnown ? `last ${span(1000 * spread.seconds)}` : 'now';
    const words = hottest(this.cpus, values);
    setText(this.said, words === '' ? 'not known yet' : `${when}: ${words}`);
  }

  private troubleLine({ row, count, rate }: Trouble): HTMLElement {
    return this.line(row, exact(BigInt(count)), rateText(rate, row.family.unit));
  }

  private changeLine({ row, now, before }: Change): HTMLElement {
    const { type, unit } = row.family;
    // The unit once is enough, but for that of bytes, which goes with the prefix.
    const from = quantity(before, unit === 'bytes' ? unit : undefined);
    return this.line(
      row,
      changeText(before, now),
      `${from} → ${(type === 'counter' ? rateText : quantity)(now, unit)}`,
    );
  }

  private line(row: PageRow, figure: string, more: string): HTMLElement {
    const link = make('a', { class: 'name', href: this.events.addressOf(row) }, row.name + row.labels);
    link.title = row.family.help;
    return make('li', {}, link, make('b', {}, figure), make('span', { class: 'more' }, more));
  }
}

function list(): { readonly lines: HTMLElement; readonly note: HTMLElement } {
  return { lines: make('ul'), note: make('p', { class: 'note' }) };
}

function card(title: string, { lines, note }: ReturnType<typeof list>, ...more: readonly HTMLElement[]): HTMLElement {
  const heading = make('h2', {}, title);
  const head = more.length === 0 ? heading : make('div', { class: 'title' }, heading, ...more);
  return make('div', { class: 'card' }, head, lines, note);
}

function fill({ lines, note }: ReturnType<typeof list>, all: readonly HTMLElement[], nothing: string): void {
  // Who is at a line with the keyboard stays there.
  const focused = [...lines.children].findIndex((line) => line.contains(document.activeElement));
  lines.replaceChildren(...all.slice(0, LINES));
  if (focused >= 0) lines.children[focused]?.querySelector('a')?.focus({ preventScroll: true });
  lines.hidden = all.length === 0;
  setText(note, all.length === 0 ? nothing : all.length > LINES ? `and ${all.length - LINES} more` : '');
}
