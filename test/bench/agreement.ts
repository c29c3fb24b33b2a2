/** Makes sure that all servers tell the same of a kernel that stands still: what is compared must be the same work. */
import type { Client } from './client.js';

/** Throws an Error that names the first difference. */
export async function agree(exporter: Client, straightforward: Client, floor: Client): Promise<void> {
  const expected = await floor.series();
  if (expected.length === 0) throw new Error('the floor tells no series');
  compare('the exporter', await exporter.series(), expected);
  compare('the exporter with gzip', await exporter.series('gzip'), expected);
  compare('the floor with gzip', await floor.series('gzip'), expected);
  // prom-client keeps values as doubles, which is what Prometheus makes of them, too.
  const rounded = expected.map(asDouble);
  compare('the straightforward server', (await straightforward.series()).map(asDouble), rounded);
  compare('the straightforward server with gzip', (await straightforward.series('gzip')).map(asDouble), rounded);
}

function compare(who: string, found: readonly string[], expected: readonly string[]): void {
  if (found.length !== expected.length) {
    throw new Error(`${who} tells ${found.length} series, the floor ${expected.length}`);
  }
  for (const [index, line] of expected.entries()) {
    if (found[index] !== line) throw new Error(`${who} says "${found[index]}", the floor "${line}"`);
  }
}

function asDouble(line: string): string {
  const space = line.lastIndexOf(' ');
  return `${line.slice(0, space)} ${Number(line.slice(space))}`;
}
