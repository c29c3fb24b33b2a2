/** The numbers of the two versions of the format (<sys/ctf.h>: `CTF_K_*`, `CTF_V2_*`, `CTF_V3_*` and the structs). */

/** `CTF_K_*` of <sys/ctf.h>. */
export const K = {
  unknown: 0,
  integer: 1,
  float: 2,
  pointer: 3,
  array: 4,
  function: 5,
  struct: 6,
  union: 7,
  enum: 8,
  forward: 9,
  typedef: 10,
  volatile: 11,
  const: 12,
  restrict: 13,
} as const;

/** Where version 2 and version 3 differ. Sizes and `largeStruct` are in bytes. */
export interface CtfFormat {
  readonly record: number;
  readonly id: 2 | 4;
  readonly kindShift: number;
  readonly countMask: number;
  /** The value of the size field that says: the size follows, in two words. */
  readonly largeSize: number;
  readonly array: number;
  readonly member: number;
  /** Structs of this size and more have members with an offset of two words. */
  readonly largeStruct: number;
  /** Ids from here on belong to a child container. */
  readonly firstChild: number;
}

export const formats: Readonly<Record<2 | 3, CtfFormat>> = {
  2: {
    record: 8,
    id: 2,
    kindShift: 11,
    countMask: 0x3ff,
    largeSize: 0xffff,
    array: 8,
    member: 8,
    largeStruct: 8192,
    firstChild: 0x8000,
  },
  3: {
    record: 12,
    id: 4,
    kindShift: 26,
    countMask: 0xffffff,
    largeSize: 0xffffffff,
    array: 12,
    member: 12,
    largeStruct: 2 ** 29,
    firstChild: 0x80000000,
  },
};
/** `struct ctf_lmember_v2` and `_v3`. */
export const LARGE_MEMBER = 16;
/** `ctf_enum_t`. */
export const ENUM_VALUE = 8;
