/** A simulated kernel, read through libkvm by what its own file tells of types. */
import assert from 'node:assert/strict';
import type { CtfFile } from '../../src/ctf/ctfFile.js';
import { openKernelTypes } from '../../src/ctf/kernelFile.js';
import { leaves } from '../../src/ctf/members.js';
import { addressPlus, kernelAddress } from '../../src/kernel/address.js';
import { openLiveKernel, type LiveKernel } from '../../src/kernel/live/liveKernel.js';
import { Simulator, type Workload } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec } from '../../src/simulator/spec.js';
import { booted } from '../support/booted.js';

export class TypedKernel {
  private readonly offsets = new Map<string, Map<string, number>>();
  private readonly bias: bigint;

  constructor(
    readonly simulator: Simulator,
    readonly kernel: LiveKernel,
    readonly types: CtfFile,
  ) {
    const pcpu = kernel.facts.machineArch === 'amd64' ? kernel.symbols.lookUp('__pcpu') : undefined;
    this.bias = pcpu?.size === 8 ? this.word(pcpu.value) : 0n;
  }

  bytes(address: bigint, length: number): Buffer {
    const into = Buffer.alloc(length);
    this.kernel.memory.read(kernelAddress(address), into);
    return into;
  }

  word(address: bigint): bigint {
    return this.bytes(address, 8).readBigUInt64LE();
  }

  text(address: bigint, length: number): string {
    return this.bytes(address, length).toString('latin1').replace(/\0.*$/s, '');
  }

  /** Bytes from the start of `struct tag` to a member. */
  offset(tag: string, path: string): number {
    let known = this.offsets.get(tag);
    if (known === undefined) {
      const struct = this.types.findStruct(tag);
      assert.ok(struct !== undefined, tag);
      known = new Map([...leaves(this.types, struct)].map((field) => [field.path, field.offset]));
      this.offsets.set(tag, known);
    }
    const offset = known.get(path);
    assert.ok(offset !== undefined, `${tag}.${path}`);
    return offset;
  }

  at(address: bigint, tag: string, path: string): bigint {
    return addressPlus(kernelAddress(address), this.offset(tag, path));
  }

  /** The elements of a list: `first` is where the pointer to the first one lies. */
  list(first: bigint, tag: string, link: string): bigint[] {
    const found: bigint[] = [];
    for (let at = this.word(first); at !== 0n; at = this.word(this.at(at, tag, link))) {
      found.push(at);
      assert.ok(found.length < 100_000, `${tag} goes round in circles`);
    }
    return found;
  }

  /** The sum of the counter(9) whose cell is at an address. */
  counter(cell: bigint): bigint {
    const { cpus, pageSize } = this.kernel.facts;
    const pointer = this.word(cell) + this.bias;
    const sum = cpus.reduce((total, cpu) => total + this.word(pointer + BigInt(cpu * pageSize)), 0n);
    return BigInt.asUintN(64, sum);
  }
}

export async function withTypedKernel(
  spec: string,
  use: (typed: TypedKernel) => void | Promise<void>,
  workload: Workload = 'none',
): Promise<void> {
  const simulator = await Simulator.start(parseSimulatorSpec(spec), { workload, boot: booted });
  try {
    const kernel = openLiveKernel(simulator.source);
    try {
      const { types } = openKernelTypes(simulator.source.execfile, kernel.sysctls.text('kern.build_id'));
      await use(new TypedKernel(simulator, kernel, types));
    } finally {
      kernel.close();
    }
  } finally {
    await simulator.close();
  }
}

/** All vnets; the host's, which was the first, is the last of the list. */
export function vnetsOf(typed: TypedKernel): bigint[] {
  return typed.list(typed.kernel.symbols.lookUp('vnet_head')!.value, 'vnet', 'vnet_le.le_next');
}

export interface SeenInterface {
  readonly address: bigint;
  readonly name: string;
  readonly index: number;
  readonly vnet: bigint;
  readonly getCounter: bigint;
  /** By column. */
  readonly counts: readonly bigint[];
  readonly addresses: readonly {
    readonly family: number;
    readonly owner: bigint;
    readonly counts: readonly bigint[];
  }[];
}

export function interfacesOf(typed: TypedKernel, vnet: bigint): SeenInterface[] {
  const base = typed.word(typed.at(vnet, 'vnet', 'vnet_data_base'));
  const head = BigInt.asUintN(64, typed.kernel.symbols.lookUp('vnet_entry_ifnet')!.value + base);
  return typed.list(head, 'ifnet', 'if_link.cstqe_next').map((address) => {
    const at = (path: string): bigint => typed.at(address, 'ifnet', path);
    const addresses = typed.list(at('if_addrhead.cstqh_first'), 'ifaddr', 'ifa_link.cstqe_next').map((ifa) => ({
      family: typed.bytes(typed.word(typed.at(ifa, 'ifaddr', 'ifa_addr')), 2).readUInt8(1),
      owner: typed.word(typed.at(ifa, 'ifaddr', 'ifa_ifp')),
      counts: ['ifa_ipackets', 'ifa_opackets', 'ifa_ibytes', 'ifa_obytes'].map((member) =>
        typed.counter(typed.at(ifa, 'ifaddr', member)),
      ),
    }));
    return {
      address,
      name: typed.text(at('if_xname'), 16),
      index: typed.bytes(at('if_index'), 2).readUInt16LE(),
      vnet: typed.word(at('if_vnet')),
      getCounter: typed.word(at('if_get_counter')),
      counts: Array.from({ length: 12 }, (_, column) => typed.counter(at('if_counters') + BigInt(8 * column))),
      addresses,
    };
  });
}

export interface SeenJail {
  readonly address: bigint;
  readonly id: number;
  readonly name: string;
  /** `pr_state`, where the release has it. */
  readonly state: number | undefined;
  readonly users: number;
  readonly hasVnet: boolean;
  readonly vnet: bigint;
  readonly parent: bigint;
}

/** All jails by allprison, and the host itself. */
export function jailsOf(typed: TypedKernel): { host: SeenJail; jails: SeenJail[] } {
  const hasState = typed.kernel.facts.osreldate >= 1_300_000;
  const see = (address: bigint): SeenJail => {
    const at = (path: string): bigint => typed.at(address, 'prison', path);
    const number = (path: string): number => typed.bytes(at(path), 4).readUInt32LE();
    return {
      address,
      id: number('pr_id'),
      name: typed.text(at('pr_name'), 256),
      state: hasState ? number('pr_state') : undefined,
      users: number('pr_uref'),
      hasVnet: (number('pr_flags') & 0x10) !== 0,
      vnet: typed.word(at('pr_vnet')),
      parent: typed.word(at('pr_parent')),
    };
  };
  const symbol = (name: string): bigint => typed.kernel.symbols.lookUp(name)!.value;
  return {
    host: see(symbol('prison0')),
    jails: typed.list(symbol('allprison'), 'prison', 'pr_list.tqe_next').map(see),
  };
}
