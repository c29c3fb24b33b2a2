/** Reads as `top` shows them, of no kernel. */
import type { Label } from '../../src/config/model.js';
import { unitOfName } from '../../src/config/units.js';
import { labelSet } from '../../src/exposition/syntax.js';
import type { Frame, Series } from '../../src/top/series.js';
import type { View } from '../../src/top/view.js';

/** A counter of which nothing but the value is known, where nothing else is said. */
export function seriesOf(name: string, options: Partial<Series> = {}): Series {
  const labels: readonly Label[] = options.labels ?? [];
  const text = name + labelSet(labels);
  return {
    name,
    labels,
    text,
    type: 'counter',
    unit: unitOfName(name),
    symbol: 'sym',
    words: text.toLowerCase(),
    value: 0n,
    reason: undefined,
    isOptional: false,
    rate: undefined,
    average: undefined,
    change: undefined,
    parts: undefined,
    hot: undefined,
    ...options,
  };
}

export function frameOf(series: readonly Series[], options: Partial<Frame> = {}): Frame {
  return {
    takenAt: new Date(2026, 10, 28, 2, 13, 45).getTime(),
    seconds: 1.0004,
    averageSeconds: 10.002,
    cpus: [0, 1, 2, 3],
    series,
    down: [],
    absent: [],
    ...options,
  };
}

export function viewOf(frame: Frame | undefined, options: Partial<View> = {}): View {
  return {
    about: { kernel: '14.3-RELEASE amd64, 4 CPUs', prefix: 'freebsd_', intervalMs: 1000 },
    frame,
    sort: 'rate',
    isReversed: false,
    filter: '',
    withIdle: true,
    withCpus: false,
    filterBefore: undefined,
    above: 0,
    isPaused: false,
    isHelp: false,
    ...options,
  };
}
