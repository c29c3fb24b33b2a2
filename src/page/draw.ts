/** Draws into canvases: the trend of a row, and how its work is spread over the CPUs. The colours are those of the style sheet. */
import type { Trend } from './past.js';

export interface Palette {
  readonly line: string;
  readonly fill: string;
  readonly bar: string;
  readonly hot: string;
  readonly rule: string;
}

/** The least width of a bar and the gap after it, in pixels. Where there are too many CPUs for that, several share a bar. */
const LEAST_BAR = 1;

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return { line: colour('accent'), fill: colour('wash'), bar: colour('bar'), hot: colour('hot'), rule: colour('rule') };
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The sizes of canvases, of which all with one class have the same. Each is asked for once: the browser lays out the whole page again for each
 * question that comes after a canvas was made to fit.
 */
export class Sizes {
  private readonly known = new Map<string, Size>();

  of(canvas: HTMLCanvasElement): Size {
    let size = this.known.get(canvas.className);
    if (size === undefined) {
      size = sizeOf(canvas);
      this.known.set(canvas.className, size);
    }
    return size;
  }
}

export function sizeOf({ clientWidth: width, clientHeight: height }: HTMLCanvasElement): Size {
  return { width, height };
}

/** Empties a canvas that is then drawn to in CSS pixels. Undefined where it is not shown. */
function prepare(
  canvas: HTMLCanvasElement,
  { width, height }: Size,
): { context: CanvasRenderingContext2D; width: number; height: number } | undefined {
  const context = width === 0 ? null : canvas.getContext('2d');
  if (context === null) return undefined;
  const scale = window.devicePixelRatio;
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The least and the greatest value of a trend; for counters the least is always 0. Undefined where no value is known. */
export function rangeOf({ values }: Trend, isCounter: boolean): Range | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return undefined;
  return { low: isCounter ? 0 : low, high };
}

/** Where a value is not known, the line has a gap. */
export function drawTrend(
  canvas: HTMLCanvasElement,
  trend: Trend,
  isCounter: boolean,
  colours: Palette,
  size = sizeOf(canvas),
): void {
  const prepared = prepare(canvas, size);
  if (prepared === undefined) return;
  const { context, width, height } = prepared;
  const range = rangeOf(trend, isCounter);
  const { values } = trend;
  context.fillStyle = colours.rule;
  context.fillRect(0, height - 1, width, 1);
  if (range === undefined) return;
  const extent = range.high - range.low;
  const x = (index: number): number => Math.max(0, trend.x[index]!) * (width - 3) + 1;
  // Where all values are the same, the line is at the bottom for counters and in the middle for gauges.
  const y = (value: number): number =>
    extent === 0
      ? isCounter
        ? height - 1.5
        : height / 2
      : height - 1.5 - ((value - range.low) / extent) * (height - 4);
  context.strokeStyle = colours.line;
  context.fillStyle = colours.fill;
  context.lineWidth = 1.25;
  context.lineJoin = 'round';
  for (const [from, to] of stretches(values)) {
    const trace = new Path2D();
    for (let index = from; index < to; index++) trace.lineTo(x(index), y(values[index]!));
    if (to - from === 1) trace.arc(x(from), y(values[from]!), 0.75, 0, 2 * Math.PI);
    else if (isCounter && extent > 0) {
      const area = new Path2D(trace);
      area.lineTo(x(to - 1), height - 1);
      area.lineTo(x(from), height - 1);
      context.fill(area);
    }
    context.stroke(trace);
  }
}

/** The stretches in which values are known: of each the index of its first value, and the one after its last. */
function* stretches(values: readonly number[]): Generator<[number, number]> {
  let from: number | undefined;
  for (let index = 0; index <= values.length; index++) {
    const isKnown = index < values.length && !Number.isNaN(values[index]!);
    if (isKnown) from ??= index;
    else if (from !== undefined) {
      yield [from, index];
      from = undefined;
    }
  }
}

const drawn = new WeakSet<HTMLCanvasElement>();

/** Draws a bar for each CPU: the more it did, the higher. Where several CPUs share a bar, it shows the busiest of them. */
export function drawCpus(
  canvas: HTMLCanvasElement,
  sizes: readonly number[] | undefined,
  isHot: boolean,
  colours: Palette,
  size = sizeOf(canvas),
): void {
  // A browser takes its time for the first drawing into a canvas.
  if (sizes === undefined && !drawn.has(canvas)) return;
  drawn.add(canvas);
  const prepared = prepare(canvas, size);
  if (prepared === undefined) return;
  const { context, width, height } = prepared;
  const most = Math.max(0, ...(sizes ?? []));
  if (sizes === undefined || most === 0) return;
  const each = Math.ceil(sizes.length / Math.floor(width / LEAST_BAR));
  const bars = Math.ceil(sizes.length / each);
  const pitch = width / bars;
  const gap = pitch >= 4 ? 1 : pitch >= 2.5 ? 0.5 : 0;
  for (let bar = 0; bar < bars; bar++) {
    const did = Math.max(...sizes.slice(bar * each, (bar + 1) * each));
    if (did === 0) continue;
    const high = Math.max(1, (did / most) * (height - 1));
    context.fillStyle = isHot && did === most ? colours.hot : colours.bar;
    context.fillRect(bar * pitch, height - 1 - high, pitch - gap, high);
  }
}
