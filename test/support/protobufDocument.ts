/**
 * A strict reader of documents in Prometheus' protobuf format, as far as the exporter writes them: it throws where something is not as a
 * canonical encoder writes it. Numbers of fields are those of io.prometheus.client's metrics.proto.
 */
import assert from 'node:assert/strict';
import type { Format } from '../../src/exposition/formats/format.js';
import { protobuf } from '../../src/exposition/formats/protobuf.js';
import { escapeLine, labelSet, numberText } from '../../src/exposition/syntax.js';

export interface ProtobufSample {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
  /** Seconds since the epoch, since when a counter counts. */
  readonly start: string | undefined;
}

export interface ProtobufFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly unit: string | undefined;
  readonly samples: readonly ProtobufSample[];
}

/** A field as it is written: a number, or the bytes of a double, a string or a message. */
type Field = readonly [number: number, content: bigint | Buffer];

export function parseProtobuf(document: Buffer): ProtobufFamily[] {
  const families: ProtobufFamily[] = [];
  for (let at = 0; at < document.length;) {
    const [length, next] = varint(document, at);
    at = next + Number(length);
    assert.ok(at <= document.length, 'the document breaks off');
    families.push(familyOf(document.subarray(next, at)));
  }
  return families;
}

function familyOf(bytes: Buffer): ProtobufFamily {
  const fields = fieldsOf(bytes, [4]);
  const kind = fields.find(([number]) => number === 3)?.[1];
  assert.ok(kind === 0n || kind === 1n, 'a counter or a gauge');
  const type = kind === 0n ? 'counter' : 'gauge';
  return {
    name: textOf(fields, 1) ?? assert.fail('a family without a name'),
    help: textOf(fields, 2) ?? assert.fail('a family without a help'),
    type,
    unit: textOf(fields, 5),
    samples: fields.filter(([number]) => number === 4).map(([, content]) => sampleOf(content as Buffer, type)),
  };
}

function sampleOf(bytes: Buffer, type: ProtobufFamily['type']): ProtobufSample {
  const fields = fieldsOf(bytes, [1]);
  const labels = fields
    .filter(([number]) => number === 1)
    .map(([, content]) => {
      const pair = fieldsOf(content as Buffer);
      return [textOf(pair, 1)!, textOf(pair, 2)!] as const;
    });
  assert.deepEqual(
    fields.map(([number]) => number).filter((number) => number !== 1),
    [type === 'counter' ? 3 : 2],
    'one value, of the type of its family',
  );
  const value = fieldsOf(fields.at(-1)![1] as Buffer);
  const double = value.find(([number]) => number === 1)?.[1] as Buffer;
  const start = value.find(([number]) => number === 3)?.[1] as Buffer | undefined;
  return { labels, value: double.readDoubleLE(), start: start === undefined ? undefined : timeOf(start) };
}

function timeOf(bytes: Buffer): string {
  const fields = fieldsOf(bytes);
  const [, seconds] = fields.find(([number]) => number === 1) ?? assert.fail('a time without seconds');
  const nanos = fields.find(([number]) => number === 2)?.[1] ?? 0n;
  return `${String(seconds)}.${String(nanos)
    .padStart(9, '0')
    .replace(/0{1,6}$/, '')}`;
}

function textOf(fields: readonly Field[], number: number): string | undefined {
  const content = fields.find(([own]) => own === number)?.[1];
  return content === undefined ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(content as Buffer);
}

/** @param repeated which of them may come more than once */
function fieldsOf(bytes: Buffer, repeated: readonly number[] = []): Field[] {
  const fields: Field[] = [];
  let last = 0;
  for (let at = 0; at < bytes.length;) {
    const [tag, next] = varint(bytes, at);
    const number = Number(tag >> 3n);
    assert.ok(number > last || (number === last && repeated.includes(number)), 'fields ascend');
    last = number;
    const wire = Number(tag & 7n);
    if (wire === 0) {
      const [value, end] = varint(bytes, next);
      fields.push([number, value]);
      at = end;
      continue;
    }
    assert.ok(wire === 1 || wire === 2, `wire type ${wire}`);
    const [length, from] = wire === 1 ? [8n, next] : varint(bytes, next);
    at = from + Number(length);
    assert.ok(at <= bytes.length, 'a field breaks off');
    fields.push([number, bytes.subarray(from, at)]);
  }
  return fields;
}

function varint(bytes: Buffer, from: number): [value: bigint, next: number] {
  let value = 0n;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]!;
    value |= BigInt(byte & 0x7f) << BigInt(7 * (at - from));
    if (byte >= 0x80) continue;
    assert.ok(byte !== 0 || at === from, 'no shorter varint says the same');
    return [value, at + 1];
  }
  return assert.fail('a varint breaks off');
}

/** A document in whatever format as text: one in protobuf as it would be in the text format, but for the starts of counters, which follow their values. */
export function readable(format: Format, document: Buffer): string {
  if (format !== protobuf) return document.toString();
  return parseProtobuf(document)
    .map(({ name, help, type, unit, samples }) => {
      const unitLine = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`;
      const lines = samples.map(({ labels, value, start }) => {
        const set = labelSet(labels.map(([label, text]) => ({ name: label, value: text })));
        return `${name}${set} ${numberText(value)}${start === undefined ? '' : ` st@${start}`}\n`;
      });
      return `# HELP ${name} ${escapeLine(help)}\n# TYPE ${name} ${type}\n${unitLine}${lines.join('')}`;
    })
    .join('');
}
