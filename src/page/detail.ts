/** Everything about one row: its exact value, its trend, what each CPU has and does, where it comes from, and the PromQL for it. */
import { AlertList } from './alertList.js';
import { isHot, loadOf } from './busiest.js';
import { CpuHistory } from './cpuHistory.js';
import { drawTrend, drawCpus, rangeOf } from './draw.js';
import { breakable, make, setText } from './elements.js';
import { exact, exactQuantity, move, percent, quantity, rate, span, times } from './format.js';
import { HeatMap } from './heatMap.js';
import { queries, type PageRow } from './rows.js';
import type { RowContext } from './rowView.js';
import type { SeriesData } from './seriesData.js';

interface CpuLine {
  readonly element: HTMLElement;
  readonly bar: HTMLElement;
  readonly move: HTMLElement;
  readonly share: HTMLElement;
  readonly value: HTMLElement;
}

export class Detail {
  readonly element = make('aside', { class: 'detail', 'aria-labelledby': 'detail-name', hidden: '' });
  row: PageRow | undefined;
  private readonly heading = make('h2', { id: 'detail-name', tabindex: '-1' });
  private readonly help = make('p', { class: 'help' });
  private readonly value = make('dd', { class: 'exact' });
  private readonly rate = make('dd');
  private readonly rateTerm = make('dt');
  private readonly skew = make('dd');
  private readonly marked = make('p', { class: 'marked', hidden: '' });
  private readonly state = make('p', { class: 'state' });
  private readonly source = make('p', { class: 'source' });
  private readonly trend = make('canvas', { class: 'plot', role: 'img' });
  private readonly most = make('span');
  private readonly least = make('span');
  private readonly since = make('span');
  private readonly strip = make('canvas', { class: 'strip', 'aria-hidden': 'true' });
  private readonly history = new CpuHistory();
  private readonly map = new HeatMap();
  private readonly order = make('button', { type: 'button', 'aria-pressed': 'false' }, 'busiest first');
  private readonly list = make('tbody');
  private readonly moveHead = make('th', { scope: 'col' });
  private readonly alerts = new AlertList();
  private readonly queries = make('div', { class: 'queries' });
  private cpus: readonly number[] = [];
  private lines: readonly CpuLine[] = [];
  private context: RowContext | undefined;

  constructor(onClose: () => void) {
    const close = make('button', { type: 'button', class: 'close', 'aria-label': 'Close details' }, '×');
    close.addEventListener('click', onClose);
    this.element.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') onClose();
    });
    this.order.addEventListener('click', () => {
      const isPressed = this.order.getAttribute('aria-pressed') === 'true';
      this.order.setAttribute('aria-pressed', String(!isPressed));
      if (this.context !== undefined) this.update(this.context);
    });
    const figures = make(
      'dl',
      { class: 'figures' },
      make('div', {}, make('dt', {}, 'value'), this.value),
      make('div', {}, this.rateTerm, this.rate),
      make('div', {}, make('dt', {}, 'busiest over average'), this.skew),
    );
    const plot = make(
      'figure',
      {},
      make('div', { class: 'axis' }, this.most, this.least),
      this.trend,
      make('figcaption', {}, this.since, make('span', {}, 'now')),
    );
    const cpus = make(
      'section',
      { class: 'cpus', 'aria-label': 'CPUs' },
      make('div', { class: 'bar' }, make('h3', {}, 'By CPU'), this.order),
      this.strip,
      this.map.element,
      make(
        'table',
        {},
        make(
          'thead',
          {},
          make(
            'tr',
            {},
            make('th', { scope: 'col' }, 'CPU'),
            make('td', { class: 'track', 'aria-hidden': 'true' }),
            this.moveHead,
            make('th', { scope: 'col' }, 'Share'),
            make('th', { scope: 'col' }, 'Value'),
          ),
        ),
        this.list,
      ),
    );
    const promql = make('section', { 'aria-label': 'PromQL' }, make('h3', {}, 'PromQL'), this.queries);
    const head = make('div', { class: 'head' }, this.heading, close);
    this.element.append(head, this.help, this.state, figures, this.marked, plot);
    this.element.append(this.alerts.element, promql, cpus, this.source);
  }

  /** Shows another row, or none. */
  open(row: PageRow | undefined, cpus: readonly number[]): void {
    const isSame = this.row?.key === row?.key && String(cpus) === String(this.cpus);
    this.row = row;
    this.cpus = cpus;
    this.element.hidden = row === undefined;
    if (row === undefined) return;
    const { family, entry, member } = row;
    this.heading.replaceChildren(...breakable(row.name + row.labels));
    setText(this.help, family.help);
    setText(this.rateTerm, family.type === 'counter' ? 'rate' : 'change since the last read');
    setText(this.moveHead, family.type === 'counter' ? 'Rate' : 'Change');
    const origin = [`symbol ${entry.symbol}`, ...(member === undefined ? [] : [`member ${member}`])];
    setText(this.source, [...origin, `group ${entry.group}`, family.type].join(' · '));
    this.lines = cpus.map(cpuLine);
    this.list.replaceChildren(...this.lines.map(({ element }) => element));
    this.queries.replaceChildren(...queryLines(row));
    if (isSame) return;
    this.history.clear();
    this.map.open(cpus, family);
    this.element.scrollTop = 0;
  }

  focus(): void {
    this.heading.focus();
  }

  update(context: RowContext): void {
    this.context = context;
    const { row } = this;
    if (row === undefined) return;
    const { data, colours, reasonOf, alerts, mark } = context;
    const { index, family, entry } = row;
    const value = data.value(index);
    setText(
      this.value,
      typeof value === 'bigint' ? exactQuantity(value, family.unit) : value === undefined ? '–' : 'not read',
    );
    const reason = reasonOf(entry.symbol);
    const isUp = data.isUp(index) && reason === undefined;
    const why = data.isUp(index) ? '' : ` (${String(value)})`;
    setText(this.state, isUp ? `${entry.symbol} is up` : `${entry.symbol} is down${why}: ${reason ?? 'not read'}`);
    this.state.classList.toggle('is-down', !isUp);
    setText(this.rate, move(data.move(index), family));
    this.alerts.show(alerts.of(family));
    this.marked.hidden = mark === undefined;
    if (mark !== undefined) setText(this.marked, mark.text(row, data));
    this.updateTrend(data, row, colours);
    this.updateCpus(data, row, colours);
  }

  private updateTrend(data: SeriesData, { index, family }: PageRow, colours: RowContext['colours']): void {
    const trend = data.past.trend(index);
    const isCounter = family.type === 'counter';
    drawTrend(this.trend, trend, isCounter, colours);
    const range = rangeOf(trend, isCounter);
    const text = (value: number): string => (isCounter ? rate : quantity)(value, family.unit);
    setText(this.most, range === undefined ? '' : text(range.high));
    setText(this.least, range === undefined || range.low === range.high ? '' : text(range.low));
    setText(this.since, `${span(data.past.windowMs)} ago`);
    const between = range === undefined ? 'nothing yet' : `between ${text(range.low)} and ${text(range.high)}`;
    this.trend.setAttribute('aria-label', `Trend: ${between}`);
  }

  private updateCpus(data: SeriesData, { index, family }: PageRow, colours: RowContext['colours']): void {
    const parts = data.partsOf(index);
    const load = loadOf(parts, data.layout.cpus);
    // Of the same numbers as the bars; where so little moved that the difference may be chance, it is not told.
    const isTold = load !== undefined && data.skew(index) !== undefined;
    const skew = isTold ? (load.most * load.sizes.length) / load.total : undefined;
    const { tick, seconds } = data;
    if (tick !== undefined) this.history.take({ end: tick.clock, seconds, takenAt: tick.takenAt }, parts?.moves);
    this.map.update(this.history);
    drawCpus(this.strip, load?.sizes, isHot(skew), colours);
    setText(this.skew, load === undefined || skew === undefined ? '–' : `${times(skew)} · cpu ${load.cpu}`);
    this.skew.classList.toggle('is-hot', isHot(skew));
    this.lines.forEach((line, cpu) => {
      const size = load?.sizes[cpu] ?? 0;
      setText(line.move, move(parts?.moves?.[cpu], family));
      setText(line.share, load === undefined ? '–' : percent(size / load.total));
      const value = parts?.values[cpu];
      setText(line.value, value === undefined ? '–' : exact(value));
      line.bar.style.width = load === undefined ? '0' : `${(100 * size) / load.most}%`;
      line.bar.classList.toggle('is-hot', isHot(skew) && size === load?.most);
    });
    const isByLoad = this.order.getAttribute('aria-pressed') === 'true';
    const order = this.lines.map(({ element }, cpu) => ({ element, cpu, size: load?.sizes[cpu] ?? 0 }));
    if (isByLoad) order.sort((a, b) => b.size - a.size || a.cpu - b.cpu);
    const elements = order.map(({ element }) => element);
    if (elements.some((element, at) => this.list.children[at] !== element)) this.list.replaceChildren(...elements);
  }
}

function cpuLine(id: number): CpuLine {
  const bar = make('span', { class: 'fill' });
  const [moved, share, value] = [make('td', { class: 'move' }), make('td', { class: 'share' }), make('td')];
  const element = make(
    'tr',
    {},
    make('th', { scope: 'row' }, String(id)),
    make('td', { class: 'track', 'aria-hidden': 'true' }, bar),
    moved,
    share,
    value,
  );
  return { element, bar, move: moved, share, value };
}

function queryLines(row: PageRow): HTMLElement[] {
  const lines = queries(row).map(({ title, query }) => {
    const text = make('code', {}, query);
    const button = make('button', { type: 'button', 'aria-label': `Copy the query for ${title}` }, 'copy');
    button.addEventListener('click', () => void copy(text, button));
    return make('div', { class: 'query' }, make('span', { class: 'title' }, title), text, button);
  });
  if (row.family.cpu === 'sum') {
    lines.push(
      make('p', { class: 'note' }, 'The values of each CPU are not published. With cpu: both in the config they are.'),
    );
  }
  return lines;
}

/**
 * Browsers give the clipboard only to pages that come over TLS or from the same machine. Elsewhere the text is selected, and copied by the older
 * command; where that is refused, too, the user can copy what is selected.
 */
async function copy(text: HTMLElement, button: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text.textContent);
    setText(button, 'copied');
  } catch {
    getSelection()?.selectAllChildren(text);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way for pages without TLS
    setText(button, document.execCommand('copy') ? 'copied' : 'selected');
  }
  setTimeout(() => {
    setText(button, 'copy');
  }, 2000);
}
