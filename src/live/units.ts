/** Numbers with a unit, as the page in the browser and `top` write and compare them. */

/** Units of how much there is of something, by size or time. All others are of things, which come one by one: each is an event. */
const AMOUNTS = ['bytes', 'pages', 'ticks', 'seconds'];

const THOUSANDS = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
/** From here on a number has the next prefix, as it would be rounded to four digits. */
const LARGE = 999.5;

/**
 * What can be compared with each other has the same number: a packet is an event as a fault is, but more bytes than packets say nothing.
 * The lower one is shown first.
 */
export function measureOf(unit: string | undefined): number {
  return 1 + (unit === undefined ? -1 : AMOUNTS.indexOf(unit));
}

export function isAmount(unit: string | undefined): boolean {
  return measureOf(unit) > 0;
}

/** How much of a unit is as little as one event: bytes come with packets and buffers. */
export function eventOf(unit: string | undefined): number {
  return unit === 'bytes' ? 1024 : 1;
}

/** A number below a thousand, and its prefix: of bytes B, KiB, MiB and so on, of all else k, M and so on, or none. */
export function scaled(value: number, unit: string | undefined): { readonly value: number; readonly prefix: string } {
  const isBytes = unit === 'bytes';
  const prefixes = isBytes ? BINARY : THOUSANDS;
  let left = value;
  let power = 0;
  while (Math.abs(left) >= LARGE && power < prefixes.length - 1) {
    left /= isBytes ? 1024 : 1000;
    power++;
  }
  return { value: left, prefix: prefixes[power] ?? '' };
}
