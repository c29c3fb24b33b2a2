/** bpf(4): its interfaces, the descriptors on each, and beside these what nobody may read: the programs that they filter by, and the packets. */
import { bpfDescriptor, bpfInterface, bpfLinks } from '../model/bpfTypes.js';
import { capturers, type CapturerModel } from '../model/capturers.js';
import { ifnet, ifnetHead } from '../model/interfaceTypes.js';
import { insertAt } from './lists.js';
import type { KernelImage } from './kernelImage.js';
import { PlacedStruct } from './placedStruct.js';

/** Bytes of a program and of a buffer. */
const PROGRAM = 256;
const BUFFER = 4096;
const COUNTERS = ['bd_rcount', 'bd_dcount', 'bd_fcount', 'bd_wcount', 'bd_wfcount', 'bd_wdcount', 'bd_zcopy'];
const DLT_EN10MB = 1;

export function fillBpf(image: KernelImage): void {
  const { memory, heap, profile } = image;
  const { first, next } = bpfLinks(profile);
  const head = image.addressOf('bpf_iflist');
  const interfaces = interfacesOf(image);
  const places = [...new Set(capturers.map(({ nth }) => nth))];
  const built = new Map(
    places.map((nth): [number | undefined, PlacedStruct] => {
      const own = PlacedStruct.allocate(memory, heap, bpfInterface(profile));
      own.put({
        bif_dlt: DLT_EN10MB,
        bif_hdrlen: 14,
        bif_ifp: nth === undefined ? 0n : (interfaces[nth % interfaces.length] ?? 0n),
      });
      const link = own.at(`bif_ext.bif_next.${next}`) - own.address;
      insertAt(memory, head, own.address, link);
      return [nth, own];
    }),
  );
  for (const [index, model] of capturers.entries()) {
    const on = built.get(model.nth);
    if (on === undefined) continue;
    const descriptor = addDescriptor(image, model, index, on.address);
    const list = model.isWriter === true ? on.at(`bif_wlist.${first}`) : on.at(`bif_ext.bif_dlist.${first}`);
    insertAt(memory, list, descriptor.address, descriptor.at(`bd_next.${next}`) - descriptor.address);
  }
  memory.store(image.addressOf('bpf_bpfd_cnt'), BigInt(capturers.length), 4);
}

/** The host's. */
function interfacesOf(image: KernelImage): bigint[] {
  const { memory, profile } = image;
  const at = image.inVnet(image.addressOf('vnet_entry_ifnet'), 0);
  const head = new PlacedStruct(memory, ifnetHead(profile.release), at);
  const link = new PlacedStruct(memory, ifnet(profile.release), 0n).at('if_link.cstqe_next');
  const found: bigint[] = [];
  for (let one = memory.load(head.at('cstqh_first')); one !== 0n; one = memory.load(one + link)) found.push(one);
  return found;
}

function addDescriptor(image: KernelImage, model: CapturerModel, index: number, on: bigint): PlacedStruct {
  const { memory, heap, profile } = image;
  const own = PlacedStruct.allocate(memory, heap, bpfDescriptor(profile));
  const secret = (size: number): bigint => {
    const address = heap.reserve(size, 64);
    memory.storeText(address, 'SECRET'.repeat(20));
    return address;
  };
  own.put({
    bd_sbuf: secret(BUFFER),
    bd_fbuf: secret(BUFFER),
    bd_bufsize: BUFFER,
    bd_bif: on,
    bd_rfilter: model.isWriter === true ? 0n : secret(PROGRAM),
    bd_wfilter: secret(PROGRAM),
    bd_promisc: 1,
    bd_writer: model.isWriter === true ? 2 : 0,
    bd_pid: model.pid,
  });
  const rates = [...model.rates, 0, 0, 0];
  for (const [nth, member] of COUNTERS.entries()) {
    const activity = { rate: rates[nth] ?? 0, cpuClass: 'rx' } as const;
    image.addCounter(own.at(member), activity, `bpf:${index}`, nth, 'kernel');
  }
  return own;
}
