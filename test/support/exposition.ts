/** Reads text format 0.0.4 back, with integer values kept exact. */

/** The value of each series, by its name and labels as they are written. */
export function parseSamples(text: string): Map<string, bigint> {
  const samples = new Map<string, bigint>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const space = line.lastIndexOf(' ');
    const [series, value] = [line.slice(0, space), line.slice(space + 1)];
    if (samples.has(series)) throw new Error(`${series} is there twice`);
    if (/^-?\d+$/.test(value)) samples.set(series, BigInt(value));
  }
  return samples;
}

/** For every family that has both: its sum, the sum of its per-CPU parts and how many there are, by the sum's series. */
export function sumsAndParts(
  samples: ReadonlyMap<string, bigint>,
): Map<string, { sum: bigint; parts: bigint; cpus: number }> {
  const found = new Map<string, { sum: bigint; parts: bigint; cpus: number }>();
  for (const [series, value] of samples) {
    const match = /^(\w+?)_per_cpu(_total)?\{(?:(.*),)?cpu="\d+"\}$/.exec(series);
    if (match === null) continue;
    const [, name, total = '', labels] = match;
    const whole = `${name}${total}${labels === undefined ? '' : `{${labels}}`}`;
    const sum = samples.get(whole);
    if (sum === undefined) continue;
    const entry = found.get(whole) ?? { sum, parts: 0n, cpus: 0 };
    entry.parts += value;
    entry.cpus++;
    found.set(whole, entry);
  }
  return found;
}
