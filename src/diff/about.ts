/** What a scrape says of the kernel that it is of, by the exporter's own metrics. */
import { compareDecimals, minus, numberOf, type Decimal } from './decimal.js';
import type { Sample, Scrape } from './scrape.js';

/** All is undefined that the document does not tell. */
export interface About {
  readonly kernel: Readonly<Record<string, string>> | undefined;
  /** Seconds since the epoch. */
  readonly bootTime: Decimal | undefined;
  /** When the kernel was read, or when it ended: seconds since the epoch. */
  readonly takenAt: Decimal | undefined;
}

/** How one look stands to another. */
export interface Between {
  /** Why counters cannot be subtracted; undefined where they count from the same boot. */
  readonly otherBoot: string | undefined;
  /** Undefined where that is not known. */
  readonly seconds: number | undefined;
}

/** What is the same for all looks at one boot of a kernel. */
const IDENTITY = ['release', 'osreldate', 'machine'] as const;

export function aboutOf({ samples }: Scrape): About {
  const wanted = ['kernel_info', 'kernel_boot_time_seconds', 'snapshot_timestamp_seconds'];
  const found = new Map<string, Sample>();
  // In a textfile they have a label.
  for (const sample of samples.values()) {
    const name = /^kcounter_exporter_(.*)$/.exec(sample.name)?.[1];
    if (name !== undefined && wanted.includes(name)) found.set(name, sample);
  }
  const info = found.get('kernel_info');
  return {
    kernel: info && Object.fromEntries(info.labels.map(({ name, value }) => [name, value])),
    bootTime: found.get('kernel_boot_time_seconds')?.value,
    takenAt: found.get('snapshot_timestamp_seconds')?.value,
  };
}

export function betweenOf(a: About, b: About): Between {
  const seconds =
    a.takenAt === undefined || b.takenAt === undefined ? undefined : numberOf(minus(b.takenAt, a.takenAt));
  return { otherBoot: otherBootOf(a, b), seconds };
}

function otherBootOf(a: About, b: About): string | undefined {
  if (a.bootTime === undefined || b.bootTime === undefined) {
    const side = a.bootTime === undefined ? (b.bootTime === undefined ? 'A and B do' : 'A does') : 'B does';
    return `${side} not tell when the kernel was booted (kcounter_exporter_kernel_boot_time_seconds)`;
  }
  const differs = IDENTITY.find((label) => a.kernel?.[label] !== b.kernel?.[label]);
  if (differs !== undefined) return `they are of other kernels: the ${differs} differs`;
  // To the microsecond: a board without a clock of its own boots at the same second again and again.
  return compareDecimals(a.bootTime, b.bootTime) === 0
    ? undefined
    : 'the times of boot differ: it was booted in between, or its clock was set';
}
