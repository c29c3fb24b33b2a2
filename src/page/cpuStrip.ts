/**
 * A strip with a cell for each CPU, from 4 to 1,024 of them: the more one counter did on a CPU, the hotter its cell. A click, or the keyboard,
 * filters the table to the rows that are hot on that CPU.
 */
import { make } from './elements.js';
import { rate as rateText } from './format.js';
import type { StripValues } from './heat.js';

/** With so many CPUs at most, each cell has a bar and its number; with more, there are only small cells, in rows. */
const FEW = 64;
/** With more, the cells are lower. */
const MANY = 512;
/** Cells of a row, where there are several rows. */
const WIDE = 64;
const NARROW = 16;
const NARROW_SMALL = 32;

export class CpuStrip {
  readonly element = make('div', { class: 'cells', role: 'group', 'aria-label': 'CPUs' });
  private cpus: readonly number[] = [];
  private cells: readonly HTMLButtonElement[] = [];
  private columns = 1;
  /** Which cell the keyboard is at. */
  private current = 0;
  private readonly isNarrow = matchMedia('(max-width: 700px)');
  private values: StripValues = { unit: undefined, rates: undefined, hot: [], chosen: undefined };

  /** @param choose called with the id of a CPU */
  constructor(private readonly choose: (cpu: number) => void) {
    this.isNarrow.addEventListener('change', () => {
      this.build(this.cpus);
      this.update(this.values);
    });
    this.element.addEventListener('click', ({ target }) => {
      const at = this.cells.findIndex((cell) => cell.contains(target as Node));
      const cpu = this.cpus[at];
      if (cpu === undefined || this.values.hot.length === 0) return;
      this.setCurrent(at);
      this.choose(cpu);
    });
    this.element.addEventListener('keydown', (event) => {
      this.move(event);
    });
  }

  /** Makes the cells of these CPUs. */
  build(cpus: readonly number[]): void {
    this.cpus = cpus;
    this.current = 0;
    const isSmall = cpus.length > FEW;
    const most = isSmall ? (this.isNarrow.matches ? NARROW_SMALL : WIDE) : this.isNarrow.matches ? NARROW : WIDE;
    this.columns = Math.min(most, cpus.length);
    this.cells = cpus.map((cpu, at) =>
      make(
        'button',
        { type: 'button', class: 'cell', tabindex: at === 0 ? '0' : '-1' },
        make('span', { class: 'heat' }),
        ...(isSmall ? [] : [make('span', { class: 'id' }, String(cpu))]),
      ),
    );
    const lines: HTMLElement[] = [];
    for (let from = 0; from < cpus.length; from += this.columns) {
      const line = make('div', { class: 'line' });
      if (isSmall) line.append(make('span', { class: 'first', 'aria-hidden': 'true' }, String(cpus[from])));
      const cells = make('div', { class: 'row' }, ...this.cells.slice(from, from + this.columns));
      cells.style.gridTemplateColumns = `repeat(${this.columns}, minmax(0, 1fr))`;
      line.append(cells);
      lines.push(line);
    }
    this.element.classList.toggle('is-small', isSmall);
    this.element.classList.toggle('is-tiny', cpus.length > MANY);
    this.element.replaceChildren(...lines);
  }

  update(values: StripValues): void {
    this.values = values;
    const { unit, rates, hot, chosen } = values;
    const most = Math.max(0, ...(rates ?? []).map((rate) => rate ?? 0));
    this.element.classList.toggle('is-inert', hot.length === 0);
    this.cells.forEach((cell, at) => {
      const rate = rates?.[at];
      const rows = hot[at] ?? 0;
      // In steps, so that the document changes only where it can be seen.
      const heat = rate === undefined || most === 0 ? '0' : (Math.ceil((20 * rate) / most) / 20).toFixed(2);
      if (cell.dataset['heat'] !== heat) {
        cell.dataset['heat'] = heat;
        cell.style.setProperty('--heat', heat);
      }
      const said = rate === undefined ? 'not known' : rateText(rate, unit);
      const label = `CPU ${this.cpus[at]}: ${said}${rows === 0 ? '' : `, ${rows} ${rows === 1 ? 'row' : 'rows'} unusual`}`;
      if (cell.title !== label) {
        cell.title = label;
        cell.setAttribute('aria-label', label);
      }
      cell.classList.toggle('is-hot', rows > 0);
      cell.setAttribute('aria-pressed', String(this.cpus[at] === chosen));
    });
  }

  private setCurrent(at: number): void {
    const cell = this.cells[at];
    if (cell === undefined) return;
    this.cells[this.current]?.setAttribute('tabindex', '-1');
    this.current = at;
    cell.setAttribute('tabindex', '0');
  }

  private move(event: KeyboardEvent): void {
    const { columns, cells } = this;
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: columns,
      ArrowUp: -columns,
      Home: -cells.length,
      End: cells.length,
    };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.setCurrent(Math.max(0, Math.min(cells.length - 1, this.current + step)));
    cells[this.current]?.focus();
  }
}
