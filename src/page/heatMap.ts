/**
 * A map of CPUs and time: a line for each CPU, the newest at the right, and the more one did, the stronger its colour. Where there are more CPUs
 * than lines, a line shows the busiest of several. What is not known is hatched.
 */
import type { LiveFamily } from '../live/messages.js';
import { busiest, KEPT_MS, type CpuCell, type CpuHistory } from './cpuHistory.js';
import { make, setText } from './elements.js';
import { clockTime, quantity, rate, span } from './format.js';

/** Pixels. */
const MOST_HEIGHT = 256;
const HIGHEST_LINE = 14;
/** Of a scale of colours. */
const SHADES = 64;

export class HeatMap {
  readonly element: HTMLElement;
  private readonly canvas = make('canvas', { class: 'map', role: 'img' });
  private readonly first = make('span');
  private readonly last = make('span');
  private readonly scale = make('span');
  private readonly said = make('p', { class: 'readout' });
  private history: CpuHistory | undefined;
  private cpus: readonly number[] = [];
  private family: Pick<LiveFamily, 'type' | 'unit'> = { type: 'counter' };
  /** CPUs that share a line. */
  private each = 1;
  /** Where the pointer is, as parts of the map's width and height. */
  private pointer: { readonly x: number; readonly y: number } | undefined;

  constructor() {
    const legend = make('span', { class: 'legend' }, '0', make('span', { class: 'ramp' }), this.scale);
    this.element = make(
      'figure',
      { class: 'heat-map' },
      make('div', { class: 'ids', 'aria-hidden': 'true' }, this.first, this.last),
      this.canvas,
      make('figcaption', {}, make('span', {}, `${span(KEPT_MS)} ago`), legend, make('span', {}, 'now')),
      this.said,
    );
    const point = ({ offsetX, offsetY }: MouseEvent): void => {
      const { clientWidth, clientHeight } = this.canvas;
      this.pointer = { x: offsetX / clientWidth, y: offsetY / clientHeight };
      this.say();
    };
    this.canvas.addEventListener('pointermove', point);
    this.canvas.addEventListener('pointerdown', point);
    this.canvas.addEventListener('pointerleave', ({ pointerType }) => {
      // What a finger pointed at stays.
      if (pointerType !== 'mouse') return;
      this.pointer = undefined;
      this.say();
    });
  }

  /** Makes the lines of these CPUs. */
  open(cpus: readonly number[], family: Pick<LiveFamily, 'type' | 'unit'>): void {
    this.cpus = cpus;
    this.family = family;
    this.pointer = undefined;
    this.each = Math.max(1, Math.ceil(cpus.length / MOST_HEIGHT));
    const lines = Math.ceil(cpus.length / this.each);
    const height = lines * Math.max(1, Math.min(HIGHEST_LINE, Math.floor(MOST_HEIGHT / lines)));
    this.canvas.style.height = `${height}px`;
    this.canvas.height = lines;
    setText(this.first, String(cpus[0] ?? ''));
    setText(this.last, cpus.length > 1 ? String(cpus.at(-1)) : '');
  }

  update(history: CpuHistory): void {
    this.history = history;
    const { most } = history;
    setText(this.scale, most === undefined ? '–' : this.figure(most.size));
    this.draw(history, most?.size ?? 0);
    const known = span(history.knownMs);
    const where = most === undefined ? 'not known yet' : `most ${this.text(most, most.cpu, most.cpu + 1)}`;
    this.canvas.setAttribute('aria-label', `CPUs over time: ${where}; known of ${known}`);
    this.say();
  }

  private draw({ columns, at }: CpuHistory, most: number): void {
    const { canvas, each } = this;
    const width = canvas.clientWidth;
    if (width === 0) return;
    canvas.width = width;
    const context = canvas.getContext('2d');
    if (context === null) return;
    const shades = shadesOf(canvas);
    const image = context.createImageData(width, canvas.height);
    const pixels = new Uint32Array(image.data.buffer);
    const place = (time: number): number => Math.round((1 - (at - time) / KEPT_MS) * width);
    for (const column of columns) {
      const from = Math.max(0, Math.min(width - 1, place(column.begin)));
      const to = Math.max(from + 1, place(column.end));
      for (let line = 0; line < canvas.height; line++) {
        const cell = busiest(column, line * each, (line + 1) * each);
        if (cell === undefined) continue;
        const shade = most === 0 ? 0 : Math.round((cell.size / most) * (SHADES - 1));
        pixels.fill(shades[shade] ?? 0, line * width + from, line * width + Math.min(width, to));
      }
    }
    context.putImageData(image, 0, 0);
  }

  /** Says what the pointer is at; where it is elsewhere, where most was done. */
  private say(): void {
    const { history, pointer, each } = this;
    if (history === undefined) return;
    if (pointer === undefined) {
      const { most } = history;
      setText(this.said, most === undefined ? 'Not known yet.' : `Most: ${this.text(most, most.cpu, most.cpu + 1)}`);
      return;
    }
    const line = Math.max(0, Math.min(this.canvas.height - 1, Math.floor(pointer.y * this.canvas.height)));
    const time = history.at - (1 - pointer.x) * KEPT_MS;
    const [from, to] = [line * each, Math.min(this.cpus.length, (line + 1) * each)];
    const cell = history.cellAt(time, from, to);
    const ids = `CPU${to - from > 1 ? `s ${this.cpus[from]} to ${this.cpus[to - 1]}` : ` ${this.cpus[from]}`}`;
    const ago = span(history.at - time);
    setText(this.said, cell === undefined ? `${ids}, ${ago} ago: not known` : this.text(cell, from, to));
  }

  /** What a CPU did per second, or by how much its part of a gauge changed. */
  private figure(size: number): string {
    const { type, unit } = this.family;
    return type === 'counter' ? rate(size, unit) : quantity(size, unit);
  }

  private text({ cpu, size, takenAt }: CpuCell, from: number, to: number): string {
    const figure = this.figure(size);
    const when = clockTime(takenAt, Date.now());
    return to - from > 1
      ? `CPUs ${this.cpus[from]} to ${this.cpus[to - 1]}, ${when}: at most ${figure}, on CPU ${this.cpus[cpu]}`
      : `CPU ${this.cpus[cpu]}, ${when}: ${figure}`;
  }
}

/** From nothing to most, as pixels: the colours are those of the style sheet. */
function shadesOf(element: HTMLElement): Uint32Array {
  const style = getComputedStyle(element);
  const stops = ['--heat-none', '--heat-some', '--heat-most'].map((name) => channels(style.getPropertyValue(name)));
  return Uint32Array.from({ length: SHADES }, (_, shade) => {
    const place = (shade / (SHADES - 1)) * (stops.length - 1);
    const at = Math.min(stops.length - 2, Math.floor(place));
    const [red, green, blue] = [0, 1, 2].map((channel) => {
      const [from, to] = [stops[at]?.[channel] ?? 0, stops[at + 1]?.[channel] ?? 0];
      return Math.round(from + (to - from) * (place - at));
    });
    const pixel = new Uint8ClampedArray([red ?? 0, green ?? 0, blue ?? 0, 255]);
    return new Uint32Array(pixel.buffer)[0] ?? 0;
  });
}

/** Of a colour such as #1a2b3c. */
function channels(colour: string): number[] {
  return (colour.trim().match(/[0-9a-f]{2}/gi) ?? []).map((digits) => parseInt(digits, 16));
}
