/** Which versions of Node.js the exporter runs on. This runs on older ones, too, to say so: it makes no call that Node.js 6 does not know. */

/** One alternative of a range: whole versions from the lowest one on, those of its own major version only or all. */
interface Alternative {
  readonly lowest: readonly number[];
  readonly hasOneMajor: boolean;
}

/** @param range as package.json has it under "engines": a `^` or `>=` and a whole version each, between `||` */
function alternativesOf(range: string): Alternative[] {
  return range.split('||').map((alternative) => {
    const [, kind, lowest] = /^(\^|>=)(\d+\.\d+\.\d+)$/.exec(alternative.trim()) ?? [];
    if (lowest === undefined) throw new Error(`"${alternative}" is no range of versions`);
    return { lowest: numbersOf(lowest), hasOneMajor: kind === '^' };
  });
}

/** Of 22.11.0 and of 24.0.0-nightly. */
function numbersOf(version: string): number[] {
  return version.replace(/-.*/, '').split('.').map(Number);
}

/** @param version such as 22.11.0 */
export function isInRange(version: string, range: string): boolean {
  const numbers = numbersOf(version);
  return alternativesOf(range).some(({ lowest, hasOneMajor }) => {
    const place = lowest.findIndex((number, i) => number !== numbers[i]);
    return (place === -1 || (numbers[place] ?? 0) > (lowest[place] ?? 0)) && (!hasOneMajor || place !== 0);
  });
}

/** In words: "20.19 or a later 20, or 22.2 or later". */
export function rangeText(range: string): string {
  return alternativesOf(range)
    .map(
      ({ lowest, hasOneMajor }) =>
        `${lowest.slice(0, 2).join('.')} or ${hasOneMajor ? `a later ${lowest[0]}` : 'later'}`,
    )
    .join(', or ');
}
