/** ipfw's rules as each vnet has them when ipfw.ko is loaded, at either of the places where it may lie. */
import { ipfwRules, PACKET_BYTES, pfClass } from '../model/firewallRules.js';
import { DEFAULT_RULE } from '../model/ipfwTypes.js';
import { IpfwChain } from './ipfwChain.js';
import type { KernelImage } from './kernelImage.js';
import { spareMapBytes } from './spares.js';

export function fillIpfw(image: KernelImage): void {
  for (const [place, head] of image.placesOf('layer3_chain').entries()) {
    for (const [nth, vnet] of image.vnets.entries()) {
      const chain = new IpfwChain(image.memory, image.profile.release, image.inVnet(head, nth));
      // The host's alone has more than the last one, and is as long as it is asked for where the module lies first.
      const own = nth > 0 ? [] : ipfwRules(place === 0 ? image.spec.rules : undefined);
      const rules: bigint[] = [];
      const map = image.heap.reserve(Math.max(8 * (own.length + 1), place === 0 ? spareMapBytes(image.spec) : 0), 64);
      for (const { number, set, rate } of [...own, { number: DEFAULT_RULE, set: 31, rate: 2 * vnet.scale }]) {
        const rule = image.heap.reserve(chain.ruleBytes, 64);
        chain.describe(rule, number, set);
        addPair(image, chain.at(rule, 'cntr'), rate, `ipfw:${vnet.label}${number}.${chain.idOf(rule)}`);
        rules.push(rule);
        // Each has an id of its own.
        chain.swap(map, rules);
      }
    }
  }
}

/** Packets, and bytes beside them in the same item. */
function addPair(image: KernelImage, cell: bigint, rate: number, symbol: string): void {
  const item = image.pairs.allocate();
  const stride = image.memory.pageSize;
  image.memory.store(cell, item - image.bias);
  for (const [index, each] of [rate, rate * PACKET_BYTES].entries()) {
    const activity = { rate: each, cpuClass: pfClass };
    const address = item + BigInt(8 * index);
    image.values.push({ address, stride, activity, symbol, index, file: 'ipfw' });
    image.history.write(address, stride, activity);
  }
}
