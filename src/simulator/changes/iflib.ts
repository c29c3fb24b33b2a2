/** Interfaces that come to be iflib's, and whose queues go, which happens before they are in their list and after they have left it. */
import type { ImageFile } from '../image.js';
import {
  MOST_QUEUES,
  queueColumns,
  queuesRoom,
  ringColumns,
  tieTo,
  writeContext,
  writeQueue,
} from '../memory/iflib.js';
import { offsetOf, sizeOf } from '../model/ctypes.js';
import { IFLIB_INIT } from '../model/functions.js';
import { iflibCtx, iflibTxq, ifmpRing } from '../model/iflibTypes.js';
import { ifnet } from '../model/interfaceTypes.js';
import { fingerprint } from './elementFingerprint.js';
import { KernelChange } from './kernelChange.js';

export interface LiveContext {
  readonly address: bigint;
  readonly array: bigint;
  readonly rings: readonly bigint[];
}

export class IflibChanges {
  private readonly change: KernelChange;

  constructor(private readonly image: ImageFile) {
    this.change = new KernelChange(image);
  }

  /** What each queue counts is fingerprint(`MARK QUEUE`, its member). */
  attach(ifnetAt: bigint, queues: number, mark: string): LiveContext {
    if (queues > MOST_QUEUES) throw new Error(`there is no room for ${queues} queues`);
    const { change, image } = this;
    const { kernel, spares } = change;
    const address = spares.take('iflibContext');
    const array = spares.take('iflibQueues');
    change.clear(address, sizeOf(iflibCtx(kernel)));
    change.clear(array, queuesRoom(kernel));
    const rings = Array.from({ length: queues }, (_, queue) => {
      const ring = spares.take('iflibRing');
      change.clear(ring, sizeOf(ifmpRing(kernel)));
      const txq = writeQueue(change, kernel, { context: address, array, queue, ring });
      for (const column of ringColumns) {
        const item = spares.take('ringCounter');
        change.clearItem(item, 8);
        change.mark(item, image.pageSize, `${mark} ${queue}`, column);
        change.store(ring + BigInt(offsetOf(ifmpRing(kernel), column)), item - image.bias);
      }
      for (const column of queueColumns)
        change.store(txq + BigInt(offsetOf(iflibTxq(kernel), column)), fingerprint(`${mark} ${queue}`, column));
      return ring;
    });
    writeContext(change, kernel, address, { ifnetAt, array, queues });
    tieTo(change, kernel, ifnetAt, address, change.address(IFLIB_INIT));
    return { address, array, rings };
  }

  /** Frees what an interface had that is gone. */
  free({ address, array, rings }: LiveContext): void {
    const { change } = this;
    const { kernel, spares } = change;
    for (const ring of rings) {
      for (const column of ringColumns) {
        const item = change.itemOf(change.load(ring + BigInt(offsetOf(ifmpRing(kernel), column))));
        change.poisonItem(item, 8);
        spares.give('ringCounter', item);
      }
      change.poison(ring, sizeOf(ifmpRing(kernel)));
      spares.give('iflibRing', ring);
    }
    change.poison(array, queuesRoom(kernel));
    change.poison(address, sizeOf(iflibCtx(kernel)));
    spares.give('iflibQueues', array);
    spares.give('iflibContext', address);
  }

  /** As ifconfig(8) down does: what the queues of an interface have counted begins at 0 again. */
  reset({ array, rings }: LiveContext): void {
    const { change } = this;
    const { kernel } = change;
    for (const [queue, ring] of rings.entries()) {
      const txq = array + BigInt(queue * sizeOf(iflibTxq(kernel)));
      for (const column of queueColumns) change.store(txq + BigInt(offsetOf(iflibTxq(kernel), column)), 0n);
      for (const column of ringColumns)
        change.clearItem(change.itemOf(change.load(ring + BigInt(offsetOf(ifmpRing(kernel), column)))), 8);
    }
  }

  /** Of an interface that has one. */
  contextOf(ifnetAt: bigint): LiveContext {
    const { change } = this;
    const { kernel } = change;
    const address = change.load(ifnetAt + BigInt(offsetOf(ifnet(kernel.release), 'if_softc')));
    const array = change.load(address + BigInt(offsetOf(iflibCtx(kernel), 'ifc_txqs')));
    const count = change.load(address + BigInt(offsetOf(iflibCtx(kernel), 'ifc_softc_ctx.isc_ntxqsets'))) & 0xffffn;
    const rings = Array.from({ length: Number(count) }, (_, queue) =>
      change.load(array + BigInt(queue * sizeOf(iflibTxq(kernel)) + offsetOf(iflibTxq(kernel), 'ift_br'))),
    );
    return { address, array, rings };
  }
}
