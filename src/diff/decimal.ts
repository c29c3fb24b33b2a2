/** Numbers of a scrape, exactly: a counter above 2^53 keeps its last digit, and 0.1 is a tenth. */

/** It is `digits` / 10^`places`. */
export interface Decimal {
  readonly digits: bigint;
  readonly places: number;
}

/** What a double can be is far within. */
const MOST_PLACES = 400;
const INTEGER = /^[+-]?\d{1,400}$/;
const NUMBER = /^([+-]?)(\d{0,400})(?:\.(\d{0,400}))?(?:[eE]([+-]?\d{1,3}))?$/;
const NOT_FINITE = /^(?:nan|[+-]?inf(?:inity)?)$/i;

export function decimalOf(digits: bigint, places = 0): Decimal {
  return { digits, places };
}

/** What a text says; 'not finite' for NaN and the infinities, undefined for what is no number. */
export function parseDecimal(text: string): Decimal | 'not finite' | undefined {
  if (INTEGER.test(text)) return decimalOf(BigInt(text.startsWith('+') ? text.slice(1) : text));
  if (NOT_FINITE.test(text)) return 'not finite';
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const places = fraction.length - Number(exponent);
  if (Math.abs(places) > MOST_PLACES) return undefined;
  const unsigned = BigInt(whole + fraction);
  const digits = sign === '-' ? -unsigned : unsigned;
  return shortened(places < 0 ? decimalOf(digits * 10n ** BigInt(-places)) : decimalOf(digits, places));
}

export function minus(a: Decimal, b: Decimal): Decimal {
  const places = Math.max(a.places, b.places);
  return shortened(decimalOf(digitsAt(a, places) - digitsAt(b, places), places));
}

export function plus(a: Decimal, b: Decimal): Decimal {
  return minus(a, decimalOf(-b.digits, b.places));
}

/** Below 0 where `a` is less than `b`, above 0 where it is more. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const places = Math.max(a.places, b.places);
  const [one, other] = [digitsAt(a, places), digitsAt(b, places)];
  return one < other ? -1 : one > other ? 1 : 0;
}

export function absolute({ digits, places }: Decimal): Decimal {
  return decimalOf(digits < 0n ? -digits : digits, places);
}

/** As near as a double comes. */
export function numberOf(decimal: Decimal): number {
  return Number(decimalText(decimal));
}

/** All its digits, and none that say nothing. */
export function decimalText({ digits, places }: Decimal): string {
  if (places === 0) return String(digits);
  const unsigned = String(digits < 0n ? -digits : digits).padStart(places + 1, '0');
  return `${digits < 0n ? '-' : ''}${unsigned.slice(0, -places)}.${unsigned.slice(-places)}`;
}

function digitsAt({ digits, places }: Decimal, wanted: number): bigint {
  return places === wanted ? digits : digits * 10n ** BigInt(wanted - places);
}

/** The same number with as few places as it takes. */
function shortened({ digits, places }: Decimal): Decimal {
  let left = digits;
  let needed = places;
  while (needed > 0 && left % 10n === 0n) {
    left /= 10n;
    needed--;
  }
  return decimalOf(left, needed);
}
