/** What savecore(8) wrote beside a dump, as info.N: a second witness of what the dump is. */
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Far more than savecore writes. */
const MAX_BYTES = 65_536;
const MAX_VERSION = 200;

export interface DumpInfo {
  /** The file's name, without its folder. */
  readonly name: string;
  /** Bytes of the dump; undefined where it is told as it was compressed. */
  readonly length: number | undefined;
  /** Of the kernel, in one line. */
  readonly version: string | undefined;
}

/** Undefined where there is none. savecore -L leaves livecore.N of a running kernel. */
export function readDumpInfo(core: string): DumpInfo | undefined {
  const number = /^(?:vmcore|livecore)\.(\d+)$/.exec(basename(core))?.[1];
  if (number === undefined) return undefined;
  const name = `info.${number}`;
  try {
    const path = join(dirname(core), name);
    if (statSync(path).size > MAX_BYTES) return undefined;
    const text = readFileSync(path, 'utf8');
    const length = /^\s*Dump Length: (\d+)\s*$/m.exec(text)?.[1];
    // Older ones have no such line.
    const isWhole = !/^\s*Compression: (?!none\s*$)/m.test(text);
    const version = /^\s*Version String: (.*(?:\n\s{4}.*)?)/m.exec(text)?.[1]?.replaceAll(/\s+/g, ' ').trim();
    return {
      name,
      length: isWhole && length !== undefined ? Number(length) : undefined,
      version: version === undefined || version === '' ? undefined : version.slice(0, MAX_VERSION),
    };
  } catch {
    return undefined;
  }
}
