/** A copy of a simulated kernel's image in which the kernel has panicked: what the panic itself changes in its memory, and what is added to it. */
import { copyFileSync, rmSync } from 'node:fs';
import { ImageFile } from '../image.js';
import { offsetOf } from '../model/ctypes.js';
import { timehands } from '../model/identityTypes.js';
import type { Profile } from '../profiles.js';
import { PAGE_SIZE } from './machines.js';

/** Where what is added lies: kernel addresses below those of the per-CPU zones, that nothing else has. */
const ADDED_BELOW_UMA = 0x1000_0000n;
/** `td_tid` of the thread that panicked. */
const PANIC_THREAD = 100_067;

export class StoppedKernel {
  readonly image: ImageFile;
  private added = Buffer.alloc(0);
  private readonly addedAt: bigint;

  /** @param copy where the copy is kept until close() */
  constructor(
    running: ImageFile,
    readonly profile: Profile,
    private readonly copy: string,
  ) {
    copyFileSync(running.path, copy);
    this.image = new ImageFile(copy);
    this.addedAt = profile.addresses.uma - ADDED_BELOW_UMA;
  }

  close(): void {
    this.image.close();
    rmSync(this.copy, { force: true });
  }

  /** What panic(9) leaves behind, and the clock as it stood. */
  panic(text: string, now: Date): void {
    this.storeWord(this.addressOf('panicstr'), this.add(Buffer.from(`${text}\0`, 'latin1')));
    const thread = Buffer.alloc(4);
    thread.writeInt32LE(PANIC_THREAD);
    this.image.write(this.addressOf('dumptid'), thread);
    const boot = this.addressOf('ths') + BigInt(offsetOf(timehands(this.profile), 'th_boottime.sec'));
    const seconds = BigInt(Math.floor(now.getTime() / 1000));
    this.storeWord(this.addressOf('time_second'), seconds);
    this.storeWord(this.addressOf('time_uptime'), seconds - this.image.read(boot, 8).readBigUInt64LE());
  }

  /** Puts bytes into memory that was not there before, and returns their address. */
  add(bytes: Uint8Array, align = 16): bigint {
    const at = Math.ceil(this.added.length / align) * align;
    this.added = Buffer.concat([this.added, Buffer.alloc(at - this.added.length), bytes]);
    return this.addedAt + BigInt(at);
  }

  /** The addresses of all pages that are mapped, ascending. */
  pages(): bigint[] {
    const count = Math.ceil(this.added.length / PAGE_SIZE);
    const added = Array.from({ length: count }, (_, nth) => this.addedAt + BigInt(nth * PAGE_SIZE));
    return [...this.image.mappedPages(), ...added].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }

  page(address: bigint): Buffer {
    const within = address - this.addedAt;
    if (within < 0n || within >= BigInt(this.added.length)) return this.image.read(address, PAGE_SIZE);
    const page = Buffer.alloc(PAGE_SIZE);
    this.added.copy(page, 0, Number(within));
    return page;
  }

  addressOf(symbol: string): bigint {
    const found = this.image.symbol(symbol);
    if (found === undefined) throw new Error(`the simulated kernel has no ${symbol}`);
    return found.address;
  }

  storeWord(address: bigint, value: bigint): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
    this.image.write(address, bytes);
  }

  /** The text at an address, up to its NUL. */
  text(address: bigint, most: number): string {
    const bytes = this.image.read(address, most);
    const end = bytes.indexOf(0);
    return bytes.toString('latin1', 0, end === -1 ? most : end);
  }
}
