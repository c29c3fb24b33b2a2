/**
 * A published name as a message of io.prometheus.client.MetricFamily (the file metrics.proto of Prometheus' client_model), with its length
 * before it.
 *
 *     MetricFamily  name = 1, help = 2, type = 3 (COUNTER 0, GAUGE 1), metric = 4 for each sample, unit = 5
 *     Metric        label = 1 for each label, gauge = 2 or counter = 3
 *     LabelPair     name = 1, value = 2
 *     Gauge         value = 1: a double
 *     Counter       value = 1, created_timestamp = 3: a google.protobuf.Timestamp, seconds = 1, nanos = 2
 */
import type { Label } from '../../config/model.js';
import type { FixedMessage, Head, RenderedFamily, Start } from '../formats/format.js';
import { KeptRows } from '../keptRows.js';
import { endsInUnit } from '../syntax.js';
import { MessageWriter } from './messageWriter.js';

/** What is known of a sample when its message is laid out. */
interface Sample {
  readonly labels: readonly Label[];
  readonly value: number;
  /** The message of its start; undefined where there is none. */
  readonly start: Uint8Array | undefined;
}

const NANO_DIGITS = 9;
/** Bytes of a value: its tag, and the double. */
const VALUE = 9;
/** Bytes of a short field's tag and length. */
const SHORT = 2;

// Nothing is written by two at a time: none of the functions here waits.
const family = new MessageWriter();
const metric = new MessageWriter();
const pair = new MessageWriter();

/** A family's message, which is made once for the rows that it shows; then only values are written to it. */
export class FamilyMessage {
  private message: FixedMessage = { bytes: Buffer.alloc(0), doubles: new Uint32Array(0) };
  private view: DataView = new DataView(new ArrayBuffer(0));
  /** For each sample its line. */
  private lines = new Uint32Array(0);
  private readonly rows: KeptRows;

  constructor(private readonly rendered: RenderedFamily) {
    this.rows = new KeptRows(rendered);
  }

  /** The message of the values that are rendered now: another object only where something else than values changed. */
  of(start: Start | undefined): FixedMessage {
    const values = this.rendered.doubles();
    if (!this.rows.areThose(start)) this.layOut(start, values);
    const { message, view, lines } = this;
    for (let index = 0; index < lines.length; index++) {
      view.setFloat64(message.doubles[index]!, values[lines[index]!]!, true);
    }
    return message;
  }

  private layOut(start: Start | undefined, values: Float64Array): void {
    const { rendered } = this;
    const { name, head, rowCount, columns } = rendered;
    const told = start === undefined ? undefined : timestamp(start.time);
    const lines: number[] = [];
    const samples: Sample[] = [];
    this.rows.take(start);
    for (let row = 0; row < rowCount; row++) {
      if (!rendered.isShown(row)) continue;
      for (let column = 0; column < columns; column++) {
        const line = row * columns + column;
        lines.push(line);
        samples.push({
          labels: rendered.labelsOf(row, column),
          value: values[line]!,
          start: this.rows.tellsStart(row) ? told : undefined,
        });
      }
    }
    const { bytes, offsets } = messageOf(name, head, samples);
    this.message = { bytes, doubles: Uint32Array.from(offsets) };
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.lines = Uint32Array.from(lines);
  }
}

/** A family that is told once. */
export function familyBytes(
  name: string,
  head: Head,
  samples: Iterable<{ readonly labels: readonly Label[]; readonly value: number }>,
): Buffer {
  const all = Array.from(samples, ({ labels, value }): Sample => ({ labels, value, start: undefined }));
  return messageOf(name, head, all).bytes;
}

/** Also tells where each sample's value is: eight bytes, the lowest first. */
function messageOf(
  name: string,
  head: Head,
  samples: readonly Sample[],
): { readonly bytes: Buffer; readonly offsets: readonly number[] } {
  const isCounter = head.type === 'counter';
  family.clear();
  family.string(1, name);
  family.string(2, head.help);
  family.number(3, isCounter ? 0 : 1);
  const offsets = samples.map(({ labels, value, start }) => {
    metric.clear();
    for (const label of labels) {
      pair.clear();
      pair.string(1, label.name);
      pair.string(2, label.value);
      metric.message(1, pair.bytes);
    }
    metric.begin(isCounter ? 3 : 2, VALUE + (start === undefined ? 0 : SHORT + start.length));
    const offset = metric.double(1, value);
    if (start !== undefined) metric.message(3, start);
    family.message(4, metric.bytes);
    return family.length - metric.length + offset;
  });
  if (head.unit !== undefined && endsInUnit(name, head)) family.string(5, head.unit);
  metric.clear();
  metric.delimiter(family.length);
  const before = metric.length;
  return { bytes: Buffer.concat([metric.bytes, family.bytes]), offsets: offsets.map((offset) => before + offset) };
}

/** @param time seconds since the epoch, as a decimal number */
function timestamp(time: string): Buffer {
  const [seconds = '', fraction = ''] = time.split('.');
  const nanos = Number(fraction.slice(0, NANO_DIGITS).padEnd(NANO_DIGITS, '0'));
  const message = new MessageWriter();
  message.number(1, Number(seconds));
  // What is 0 is left out, as others do.
  if (nanos > 0) message.number(2, nanos);
  return message.bytes;
}
