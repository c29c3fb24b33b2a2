/** One row of the table: a series with its value, how it changes, and on which CPUs. */
import { conditionOf, type Alerts } from './alerts.js';
import { isHot, loadOf } from './busiest.js';
import { drawTrend, drawCpus, type Palette, type Sizes } from './draw.js';
import { breakable, make, setText } from './elements.js';
import { exact, move, times } from './format.js';
import type { Mark } from './mark.js';
import type { PageRow } from './rows.js';
import type { Parts, SeriesData } from './seriesData.js';

/** What all rows are shown with. */
export interface RowContext {
  readonly data: SeriesData;
  readonly colours: Palette;
  /** Why a symbol is down; undefined where it is up. */
  readonly reasonOf: (symbol: string) => string | undefined;
  /** The alerts that are shipped. */
  readonly alerts: Alerts;
  /** What the values are compared with; undefined where nothing is. */
  readonly mark: Mark | undefined;
}

export class RowView {
  readonly element: HTMLTableRowElement;
  /** What opens the details. */
  readonly link: HTMLAnchorElement;
  private readonly alert = make('span', { class: 'alert', hidden: '' });
  private readonly about = make('span', { class: 'help' });
  private readonly total = make('span', { class: 'now' });
  private readonly rate = make('span', { class: 'now' });
  private readonly change = make('span', { class: 'since', hidden: '' });
  private readonly before = make('span', { class: 'since', hidden: '' });
  private readonly trend = make('canvas', { class: 'sparkline', 'aria-hidden': 'true' });
  private readonly cpus = make('canvas', { class: 'strip', role: 'img' });
  private readonly skew = make('span', { class: 'skew' });
  private readonly cpu = make('span', { class: 'cpu' });

  constructor(readonly row: PageRow) {
    this.link = make('a', { class: 'name', tabindex: '-1' }, ...breakable(row.name + row.labels));
    const what = make('div', { class: 'what' }, this.link, make('div', { class: 'about' }, this.alert, this.about));
    this.element = make(
      'tr',
      { role: 'row' },
      cell('series', what),
      cell('total', this.total, this.change),
      cell('rate', this.rate, this.before),
      cell('trend', this.trend),
      cell('by-cpu', this.cpus),
      cell('busiest', this.skew, ' ', this.cpu),
    );
  }

  update({ data, colours, reasonOf, alerts, mark }: RowContext, sizes: Sizes): void {
    const { index, family, entry } = this.row;
    const value = data.value(index);
    const isUp = data.isUp(index);
    const moved = data.move(index);
    this.element.classList.toggle('is-down', !isUp);
    const about = isUp ? family.help : `${entry.symbol} is down: ${reasonOf(entry.symbol) ?? String(value)}`;
    setText(this.about, about);
    this.about.title = about;
    this.showAlerts(alerts);
    setText(this.total, typeof value === 'bigint' ? exact(value) : value === undefined ? '–' : 'not read');
    setText(this.rate, move(moved, family));
    this.rate.classList.toggle('is-still', moved === 0 || moved === undefined);
    this.change.hidden = this.before.hidden = mark === undefined;
    if (mark !== undefined) {
      setText(this.change, mark.change(this.row, data));
      setText(this.before, mark.before(this.row));
    }
    drawTrend(this.trend, data.past.trend(index), family.type === 'counter', colours, sizes.of(this.trend));
    const parts = data.partsOf(index);
    const load = loadOf(parts, data.layout.cpus);
    const skew = data.skew(index);
    drawCpus(this.cpus, load?.sizes, isHot(skew), colours, sizes.of(this.cpus));
    setText(this.skew, skew === undefined ? '' : times(skew));
    setText(this.cpu, load === undefined || skew === undefined ? '' : `cpu ${load.cpu}`);
    this.skew.classList.toggle('is-hot', isHot(skew));
    this.cpus.setAttribute('aria-label', load === undefined ? whyNoLoad(parts) : `most of it on CPU ${load.cpu}`);
  }

  private showAlerts(all: Alerts): void {
    const alerts = all.of(this.row.family);
    const [first, ...others] = alerts;
    this.alert.hidden = first === undefined;
    if (first === undefined) return;
    setText(this.alert, others.length === 0 ? first.name : `${first.name} +${others.length}`);
    this.alert.title = alerts.map((alert) => `${alert.name} (${alert.severity}): ${conditionOf(alert)}`).join('\n');
  }
}

function whyNoLoad(parts: Parts | undefined): string {
  return parts?.moves?.every((move) => move === 0) === true ? 'no movement on any CPU' : 'not known';
}

function cell(name: string, ...children: readonly (Node | string)[]): HTMLTableCellElement {
  return make('td', { class: name, role: 'cell' }, ...children);
}
