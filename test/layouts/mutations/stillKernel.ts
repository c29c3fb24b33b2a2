/**
 * A kernel in which nothing moves, read once: what was read of it is kept, because a million proofs by libkvm's calls would take hours. Its
 * sysctls can be made to lie for a while.
 */
import type { KernelAddress } from '../../../src/kernel/address.js';
import type { RunningKernel } from '../../../src/kernel/kernel.js';
import type { Memory } from '../../../src/kernel/memory.js';
import type { ToldKernel } from '../../../src/layouts/equations.js';

/** What a sysctl tells instead of the truth; undefined: that there is none of its name. */
export interface Lie {
  readonly sysctl: string;
  readonly tells: Buffer | undefined;
}

export class StillKernel implements ToldKernel {
  /** Undefined: every sysctl tells the truth. */
  lie: Lie | undefined;
  readonly facts;
  readonly memory: ToldKernel['memory'];
  readonly sysctls = { bytes: (name: string): Buffer | undefined => this.told(name) };
  private readonly answers = new Map<string, Buffer | undefined>();

  constructor(private readonly kernel: RunningKernel) {
    this.facts = kernel.facts;
    this.memory = new StillMemory(kernel.memory, kernel.facts.pageSize);
  }

  /** What a sysctl tells where nobody lies. */
  truth(name: string): Buffer | undefined {
    if (!this.answers.has(name)) this.answers.set(name, this.kernel.sysctls.bytes(name));
    return this.answers.get(name);
  }

  private told(name: string): Buffer | undefined {
    return this.lie?.sysctl === name ? this.lie.tells : this.truth(name);
  }
}

/** Page by page, so that a read fails where one of the pages that it needs is not there. */
class StillMemory implements Memory {
  private readonly pages = new Map<bigint, Buffer | Error>();

  constructor(
    private readonly memory: RunningKernel['memory'],
    private readonly pageSize: number,
  ) {}

  get traffic(): Memory['traffic'] {
    return this.memory.traffic;
  }

  read(address: KernelAddress, into: NodeJS.TypedArray): void {
    const bytes = Buffer.from(into.buffer, into.byteOffset, into.byteLength);
    const size = BigInt(this.pageSize);
    let number = address / size;
    let from = Number(address % size);
    for (let done = 0; done < bytes.length; from = 0, number++) {
      done += this.page(number).copy(bytes, done, from);
    }
  }

  readZpcpu(...args: Parameters<RunningKernel['memory']['readZpcpu']>): void {
    this.memory.readZpcpu(...args);
  }

  counterU64Fetch(...args: Parameters<RunningKernel['memory']['counterU64Fetch']>): bigint {
    return this.memory.counterU64Fetch(...args);
  }

  private page(number: bigint): Buffer {
    let page = this.pages.get(number);
    if (page === undefined) {
      page = this.readPage(number);
      this.pages.set(number, page);
    }
    if (page instanceof Error) throw page;
    return page;
  }

  private readPage(number: bigint): Buffer | Error {
    const page = Buffer.alloc(this.pageSize);
    try {
      this.memory.read((number * BigInt(this.pageSize)) as KernelAddress, page);
      return page;
    } catch (error) {
      return error as Error;
    }
  }
}
