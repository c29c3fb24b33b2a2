/** Security associations that come and go, as with each rekeying, in the host's network stack; ipsec.ko is loaded. */
import type { ImageFile } from '../image.js';
import { offsetOf, sizeOf } from '../model/ctypes.js';
import { LIFETIME_BYTES, secashead, secasvar } from '../model/ipsecTypes.js';
import { insertFirst, removeElement, saRoom, writeHead, writeSa, type Association } from '../memory/ipsecSas.js';
import { KernelChange } from './kernelChange.js';

/** Its counters, which hold fingerprint(mark, column) of one that was added. */
export const saColumns = ['allocations', 'bytes'] as const;

export interface LiveSa {
  readonly address: bigint;
  readonly head: bigint;
}

export class SaChanges {
  private readonly change: KernelChange;
  private readonly links: { readonly head: bigint; readonly alive: bigint; readonly sa: bigint };

  constructor(private readonly image: ImageFile) {
    this.change = new KernelChange(image);
    const { release } = this.change.kernel;
    const heads = secashead(release);
    this.links = {
      head: BigInt(offsetOf(heads, 'chain')),
      alive: BigInt(offsetOf(heads, 'savtree_alive')),
      sa: BigInt(offsetOf(secasvar(release), 'chain')),
    };
  }

  /** @param head that of an association of the same addresses and protocol; a new one without it */
  add(association: Association, spi: number, mark: string, head = this.addHead(association)): LiveSa {
    const { change, image, links } = this;
    const { release } = change.kernel;
    const address = change.spares.take('sa');
    const item = change.spares.take('lifetime');
    change.clear(address, saRoom(release));
    change.clearItem(item, LIFETIME_BYTES);
    for (const [nth, column] of saColumns.entries()) change.mark(item + BigInt(8 * nth), image.pageSize, mark, column);
    writeSa(change, release, address, head, spi, item - image.bias);
    insertFirst(change, head + links.alive, address, links.sa);
    return { address, head };
  }

  /** Takes it out of its list and frees it, and its head with the last. */
  remove({ address, head }: LiveSa): void {
    const { change, links } = this;
    const { release } = change.kernel;
    removeElement(change, head + links.alive, address, links.sa);
    const item = change.itemOf(change.load(address + BigInt(offsetOf(secasvar(release), 'lft_c'))));
    change.poisonItem(item, LIFETIME_BYTES);
    change.poison(address, saRoom(release));
    change.spares.give('lifetime', item);
    change.spares.give('sa', address);
    if (change.load(head + links.alive) !== 0n) return;
    removeElement(change, change.address('sahtree'), head, links.head);
    change.poison(head, sizeOf(secashead(release)));
    change.spares.give('saHead', head);
  }

  private addHead(association: Association): bigint {
    const { change, links } = this;
    const head = change.spares.take('saHead');
    change.clear(head, sizeOf(secashead(change.kernel.release)));
    writeHead(change, change.kernel.release, head, association);
    insertFirst(change, change.address('sahtree'), head, links.head);
    return head;
  }
}
