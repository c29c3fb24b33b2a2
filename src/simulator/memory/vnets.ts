/** The virtual network stacks: the host's, and those of jails that have one of their own. */
import { vnet as vnetType, VNET_MAGIC } from '../model/kernelTypes.js';
import type { KernelImage } from './kernelImage.js';
import { PlacedStruct } from './placedStruct.js';

/** Each vnet's struct, the host's first. A new vnet comes to the head of the list. */
export function fillVnets(image: KernelImage): PlacedStruct[] {
  const { memory } = image;
  const start = image.addressOf('__start_set_vnet');
  const head = image.addressOf('vnet_head');
  const structs: PlacedStruct[] = [];
  for (const [index, data] of image.vnetData.entries()) {
    const vnet = PlacedStruct.allocate(memory, image.heap, vnetType);
    const older = structs.at(-1);
    vnet.put({
      'vnet_le.le_next': older?.address ?? 0n,
      'vnet_le.le_prev': head,
      vnet_magic_n: VNET_MAGIC,
      vnet_sockcnt: index === 0 ? 412 : 12,
      vnet_state: 0x0fff_ffff,
      vnet_data_mem: data,
      vnet_data_base: data - start,
    });
    older?.put({ 'vnet_le.le_prev': vnet.address });
    if (index === 0) memory.store(image.addressOf('vnet0'), vnet.address);
    memory.store(head, vnet.address);
    structs.push(vnet);
  }
  return structs;
}
