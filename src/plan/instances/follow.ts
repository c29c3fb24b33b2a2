/** What instances that come and go are followed by: lists, the table of interrupts, and the vnets of all jails. */
import type { KernelAddress } from '../../kernel/address.js';
import { KvmError } from '../../kernel/errors.js';
import type { LabelledHead } from '../lists/labelledHead.js';
import { ListFollower } from '../lists/listFollower.js';
import { InterruptFollower } from '../lists/interruptFollower.js';
import { InterruptSourceFollower } from '../lists/interruptSourceFollower.js';
import type { InterruptsPlan } from '../lists/interruptsPlan.js';
import type { InterruptTable } from '../lists/interruptTable.js';
import type { KnownPlace } from '../lists/known.js';
import type { ListPlan } from '../lists/listPlan.js';
import { addressIn, type Vnets, type VnetsPlan } from '../lists/vnets.js';
import { VnetFollower } from '../lists/vnetFollower.js';
import { SocketFollower } from '../sockets/socketFollower.js';
import type { SocketPlan } from '../sockets/socketPlan.js';
import { NO_LABELS, type FollowedKernel, type Follower, type Found } from './instance.js';

/** What must be known for it, in bytes. */
export interface FollowPlan {
  /** Undefined where what is meant is at the symbol itself. */
  readonly list: ListPlan | undefined;
  /** Of sockets that listen. */
  readonly sockets?: SocketPlan | undefined;
  readonly interrupts: InterruptsPlan | undefined;
  /** Undefined where nobody asks for vnets. */
  readonly vnets: VnetsPlan | undefined;
  /** True where the symbol of each vnet is meant. */
  readonly inAllVnets: boolean;
}

/** True where nothing may be read along that lies beside an instance. */
export function readsApart(plan: FollowPlan | undefined): boolean {
  return plan?.sockets !== undefined || plan?.list?.isApart === true;
}

/** What several followers look at, and one of them reads. */
export interface Shared {
  readonly vnets: Vnets | undefined;
  readonly interrupts: InterruptTable | undefined;
  /** By list, for who follows it next. */
  readonly known: Map<string, KnownPlace>;
}

/**
 * @param found the symbol
 * @param shared of the plan, for all who ask
 */
export function follow(
  { list, sockets, interrupts, inAllVnets }: FollowPlan,
  found: Found,
  kernel: FollowedKernel,
  { vnets, interrupts: table, known }: Shared,
): Follower {
  const { origin, vnet } = found;
  if (interrupts !== undefined && table !== undefined) {
    const { sources } = interrupts;
    if (sources !== undefined) return new InterruptSourceFollower(sources, table, kernel, origin);
    return new InterruptFollower(interrupts.value === 'stray', table, kernel.facts.maxId, origin);
  }
  const address = found.instances[0]?.where.cells;
  const walked = list ?? sockets;
  const place = walked === undefined ? {} : placeOf(walked, address, known);
  const followAt = (heads: () => readonly LabelledHead[], headTrouble?: () => string | undefined): Follower => {
    if (list !== undefined) return new ListFollower(list, kernel, heads, origin, place, headTrouble);
    if (sockets !== undefined) return new SocketFollower(sockets, kernel, heads, origin, place, headTrouble);
    throw new KvmError('kldsym', 'it leads to no list');
  };
  if (inAllVnets) {
    if (vnets === undefined || vnet === undefined) throw new KvmError('kldsym', 'it is no VNET symbol');
    const ownBase = address === undefined ? undefined : BigInt.asUintN(64, address - vnet.place);
    if (walked === undefined) return new VnetFollower(vnets, vnet.place, ownBase, origin);
    const heads = remembering((all: ReturnType<Vnets['look']>) =>
      all.flatMap((one): LabelledHead[] => {
        const head = addressIn(one, vnet.place);
        if (head === undefined) return [];
        return [{ address: head, vnet: one.address, labels: one.labels, isOwn: one.dataBase === ownBase }];
      }),
    );
    return followAt(
      () => heads(vnets.look()),
      () => vnets.broken,
    );
  }
  if (address === undefined) throw new KvmError('kldsym', 'it leads to no list');
  // The vnet of this process stays the same.
  let own: readonly LabelledHead[] | undefined;
  const ownVnet = (): KernelAddress | undefined =>
    vnet === undefined ? undefined : vnets?.withDataAt(BigInt.asUintN(64, address - vnet.place))?.address;
  const further = (sockets?.alsoAt ?? []).flatMap((symbol): LabelledHead[] => {
    const also = kernel.symbols.resolve(symbol)?.address;
    return also === undefined ? [] : [{ address: also, vnet: undefined, labels: NO_LABELS, isOwn: true }];
  });
  return followAt(() => (own ??= [{ address, vnet: ownVnet(), labels: NO_LABELS, isOwn: true }, ...further]));
}

/** Where what is known of a list is kept. Another limit makes no other list of it. */
function placeOf(
  list: ListPlan | SocketPlan,
  head: KernelAddress | undefined,
  known: Map<string, KnownPlace>,
): KnownPlace {
  const key = JSON.stringify([head, { ...list, limit: undefined }], (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  const place = known.get(key) ?? {};
  known.set(key, place);
  return place;
}

/** What `make` makes of the same thing is made once. */
function remembering<T, U>(make: (from: T) => U): (from: T) => U {
  let last: { readonly from: T; readonly made: U } | undefined;
  return (from) => {
    if (last?.from !== from) last = { from, made: make(from) };
    return last.made;
  };
}
