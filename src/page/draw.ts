/** Draws into canvases: the course of a row, and how its work lies on the CPUs. Colours are the style sheet's. */
import { REMEMBERED } from './seriesData.js';

export interface Palette {
  readonly line: string;
  readonly fill: string;
  readonly bar: string;
  readonly hot: string;
  readonly rule: string;
}

/** Pixels that a bar has at least, its gap included; else CPUs share bars. */
const LEAST_BAR = 2;

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return { line: colour('accent'), fill: colour('wash'), bar: colour('bar'), hot: colour('hot'), rule: colour('rule') };
}

/** The canvas emptied, in CSS pixels; undefined where it is not shown. */
function prepare(
  canvas: HTMLCanvasElement,
): { context: CanvasRenderingContext2D; width: number; height: number } | undefined {
  const { clientWidth: width, clientHeight: height } = canvas;
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

/** What is between the least and the most of a course: for counters from 0; undefined where nothing is known. */
export function rangeOf(history: Float32Array, isCounter: boolean): Range | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (const value of history) {
    if (Number.isNaN(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return undefined;
  return { low: isCounter ? 0 : low, high };
}

/** The newest value is at the right; where a value is not known, the line has a gap. */
export function drawCourse(
  canvas: HTMLCanvasElement,
  history: Float32Array,
  isCounter: boolean,
  colours: Palette,
): void {
  const prepared = prepare(canvas);
  if (prepared === undefined) return;
  const { context, width, height } = prepared;
  const range = rangeOf(history, isCounter);
  context.fillStyle = colours.rule;
  context.fillRect(0, height - 1, width, 1);
  if (range === undefined) return;
  const extent = range.high - range.low;
  const x = (index: number): number => (index / (REMEMBERED - 1)) * (width - 3) + 1;
  // What does not move is a line at the bottom for counters, in the middle for gauges.
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
  for (const [from, to] of stretches(history)) {
    const trace = new Path2D();
    for (let index = from; index < to; index++) trace.lineTo(x(index), y(history[index]!));
    if (to - from === 1) trace.arc(x(from), y(history[from]!), 0.75, 0, 2 * Math.PI);
    else if (isCounter && extent > 0) {
      const area = new Path2D(trace);
      area.lineTo(x(to - 1), height - 1);
      area.lineTo(x(from), height - 1);
      context.fill(area);
    }
    context.stroke(trace);
  }
}

/** Where values are known, from and up to but not including. */
function* stretches(history: Float32Array): Generator<[number, number]> {
  let from: number | undefined;
  for (let index = 0; index <= history.length; index++) {
    const isKnown = index < history.length && !Number.isNaN(history[index]!);
    if (isKnown) from ??= index;
    else if (from !== undefined) {
      yield [from, index];
      from = undefined;
    }
  }
}

/** A bar for each CPU, as high as its share of the busiest one's work; several CPUs to a bar where there are many, by the busiest of them. */
export function drawCpus(
  canvas: HTMLCanvasElement,
  sizes: readonly number[] | undefined,
  isHot: boolean,
  colours: Palette,
): void {
  const prepared = prepare(canvas);
  if (prepared === undefined) return;
  const { context, width, height } = prepared;
  context.fillStyle = colours.rule;
  context.fillRect(0, height - 1, width, 1);
  const most = Math.max(0, ...(sizes ?? []));
  if (sizes === undefined || most === 0) return;
  const each = Math.ceil(sizes.length / Math.floor(width / LEAST_BAR));
  const bars = Math.ceil(sizes.length / each);
  const pitch = width / bars;
  const gap = pitch >= 4 ? 1 : pitch >= 2.5 ? 0.5 : 0;
  for (let bar = 0; bar < bars; bar++) {
    const size = Math.max(...sizes.slice(bar * each, (bar + 1) * each));
    if (size === 0) continue;
    const high = Math.max(1, (size / most) * (height - 1));
    context.fillStyle = isHot && size === most ? colours.hot : colours.bar;
    context.fillRect(bar * pitch, height - 1 - high, pitch - gap, high);
  }
}
