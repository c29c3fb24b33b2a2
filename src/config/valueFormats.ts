/**
 * How the bytes of a value are read, in the kernel's byte order; LP64. `ptr` is published as 1 where it is set and 0 where it is NULL: an
 * address would tell KASLR's slide.
 */
export const valueFormats = {
  u8: { bytes: 1, signed: false },
  u16: { bytes: 2, signed: false },
  u32: { bytes: 4, signed: false },
  u64: { bytes: 8, signed: false },
  i8: { bytes: 1, signed: true },
  i16: { bytes: 2, signed: true },
  i32: { bytes: 4, signed: true },
  i64: { bytes: 8, signed: true },
  ptr: { bytes: 8, signed: false },
} as const;

export type ValueFormat = keyof typeof valueFormats;

/** How a counter is read that the kernel declares so: past its sign bit it goes on growing. */
export function unsignedOf(format: ValueFormat): ValueFormat {
  switch (format) {
    case 'i8':
      return 'u8';
    case 'i16':
      return 'u16';
    case 'i32':
      return 'u32';
    case 'i64':
      return 'u64';
    default:
      return format;
  }
}

/** Bytes up to the end of the last of values in one copy; 0 where there are none. */
export function extentOf(values: readonly { readonly offset: number; readonly format: ValueFormat }[]): number {
  return Math.max(0, ...values.map(({ offset, format }) => offset + valueFormats[format].bytes));
}
