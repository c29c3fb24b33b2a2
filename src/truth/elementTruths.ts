/** Which sysctl tells the values of the elements of a list: those of network interfaces, interrupts, malloc(9)'s types and UMA's zones. */
import { WORD_BYTES } from '../kernel/address.js';
import {
  INTERFACE_COUNTERS,
  INTERFACE_COUNTERS_AT,
  interfaceDataOid,
  interfaceNameIn,
} from '../kernel/interfaceData.js';
import type { Sysctls } from '../kernel/sysctls.js';
import { InterruptTruths } from './interruptTruths.js';
import type { NamedRow } from './namedRows.js';
import { elementsIn, NAME_BYTES, type Column, type StreamForm } from './statStreams.js';

/** What a sysctl tells of one element, and of the others with its name, which it does not tell apart. */
export interface ToldElement {
  readonly sysctl: string;
  /** Its numbers, where it has no name of its own. */
  readonly oid?: readonly number[];
  /** The least first; none where nothing is told of any of them. */
  valuesIn(answer: Buffer): readonly bigint[];
}

/** Of a list of which one sysctl tells all elements: the label that packs give their names, and what is told of each member. */
interface StreamTruth {
  readonly sysctl: string;
  readonly label: string;
  readonly headBytes: number;
  readonly members: Readonly<Record<string, Column>>;
}

const ZONES: StreamTruth = {
  sysctl: 'vm.zone_stats',
  label: 'zone',
  headBytes: 120,
  members: {
    // What the caches of CPUs have counted comes on top, where a config adds it.
    uz_allocs: { head: 72, perCpu: 0 },
    uz_frees: { head: 80, perCpu: 8 },
    uz_fails: { head: 88 },
    uz_sleeps: { head: 96 },
    uz_xdomain: { head: 104 },
  },
};
const STREAMS: Readonly<Record<string, StreamTruth>> = {
  kmemstatistics: {
    sysctl: 'kern.malloc_stats',
    label: 'type',
    headBytes: NAME_BYTES,
    members: {
      mts_memalloced: { perCpu: 0 },
      mts_memfreed: { perCpu: 8 },
      mts_numallocs: { perCpu: 16 },
      mts_numfrees: { perCpu: 24 },
    },
  },
  uma_kegs: ZONES,
  uma_cachezones: ZONES,
};

/** Of all interfaces the highest index: IFMIB_IFCOUNT of <net/if_mib.h>. */
const INTERFACE_COUNT = [4, 18, 0, 1, 1];

type Element = Pick<NamedRow, 'symbol' | 'cellOffset' | 'member' | 'labels' | 'isPlus'>;

export class ElementTruths {
  private indexes: ReadonlyMap<string, number> | undefined;
  private readonly parsed = new WeakMap<Buffer, Map<StreamTruth, ReturnType<typeof elementsIn>>>();

  private readonly interrupts: InterruptTruths;

  constructor(private readonly sysctls: Pick<Sysctls, 'bytes' | 'bytesAt'>) {
    this.interrupts = new InterruptTruths(sysctls);
  }

  /** Undefined where no sysctl tells it. Throws KvmError where one could not be read. */
  of(element: Element): ToldElement | undefined {
    const { symbol, member = '', labels } = element;
    const interrupt = this.interrupts.of(element);
    if (interrupt !== undefined) return interrupt;
    const [label] = labels;
    if (label === undefined || labels.length > 1) return undefined;
    if (symbol === 'ifnet') return label.name === 'interface' ? this.interface(label.value, member) : undefined;
    const truth = Object.hasOwn(STREAMS, symbol) ? STREAMS[symbol] : undefined;
    if (truth?.label !== label.name || !Object.hasOwn(truth.members, member)) return undefined;
    // Another name may begin alike.
    if (label.value.length >= NAME_BYTES - 1) return undefined;
    const column = Object.keys(truth.members).indexOf(member);
    const isWhole = truth.members[member]?.head === undefined || truth.members[member].perCpu === undefined;
    if (!isWhole && !element.isPlus) return undefined;
    return {
      sysctl: truth.sysctl,
      valuesIn: (answer) => {
        const told = this.elementsIn(answer, truth)?.get(label.value) ?? [];
        return told.map((sums) => sums[column] ?? 0n).sort(ascending);
      },
    };
  }

  private interface(name: string, member: string): ToldElement | undefined {
    const column = Number(/^if_counters\[(\d+)\]$/.exec(member)?.[1] ?? INTERFACE_COUNTERS);
    this.indexes ??= this.interfaceIndexes();
    const index = this.indexes.get(name);
    if (index === undefined || column >= INTERFACE_COUNTERS) return undefined;
    const at = INTERFACE_COUNTERS_AT + column * WORD_BYTES;
    return {
      sysctl: `net.link.generic.ifdata.${index}`,
      oid: interfaceDataOid(index),
      valuesIn: (answer) =>
        answer.length >= at + WORD_BYTES && interfaceNameIn(answer) === name ? [answer.readBigUInt64LE(at)] : [],
    };
  }

  private interfaceIndexes(): ReadonlyMap<string, number> {
    const count = this.sysctls.bytesAt(INTERFACE_COUNT)?.readInt32LE() ?? 0;
    const found = new Map<string, number>();
    for (let index = 1; index <= count; index++) {
      const data = this.sysctls.bytesAt(interfaceDataOid(index));
      if (data !== undefined) found.set(interfaceNameIn(data), index);
    }
    return found;
  }

  /** A stream is taken apart once, however many values are looked up in it. */
  private elementsIn(answer: Buffer, truth: StreamTruth): ReturnType<typeof elementsIn> {
    const known = this.parsed.get(answer) ?? new Map<StreamTruth, ReturnType<typeof elementsIn>>();
    this.parsed.set(answer, known);
    if (!known.has(truth)) known.set(truth, elementsIn(answer, formOf(truth)));
    return known.get(truth);
  }
}

export function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

function formOf({ headBytes, members }: StreamTruth): StreamForm {
  return { headBytes, columns: Object.values(members) };
}
