/** How kernel memory is written: by what builds it, and by tests that change it while it is in use. */

export interface Words {
  /** Stores an integer of `size` bytes, 8 without it, modulo its width. */
  store(address: bigint, value: bigint, size?: number): void;
  /** 64 bits. */
  load(address: bigint): bigint;
  /** A C string, each character of which is a byte. */
  storeText(address: bigint, text: string): void;
}
