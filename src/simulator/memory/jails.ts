/** The jails: prison0, which is the host, and the tree and the list of the others. */
import { jailsOf, writePrison } from '../model/jails.js';
import { prison, prisonList } from '../model/jailTypes.js';
import type { KernelImage } from './kernelImage.js';
import { PlacedStruct } from './placedStruct.js';

/** JAIL_MAX: how many the host may have. */
const JAIL_MAX = 999_999;

/** @param vnets each vnet's struct, the host's first */
export function fillJails(image: KernelImage, vnets: readonly PlacedStruct[]): void {
  const { memory, heap, profile } = image;
  const type = prison(profile.release);
  const host = new PlacedStruct(memory, type, image.addressOf('prison0'));
  const jails = jailsOf(image.spec.jails);
  writePrison(host, profile, { id: 0, name: '0', parent: 0, hasVnet: true, isDying: false }, vnets[0]?.address ?? 0n);
  host.put({ pr_childmax: JAIL_MAX, pr_childcount: jails.length });
  host.text('pr_path', '/');

  const head = new PlacedStruct(memory, prisonList(profile.release), image.addressOf('allprison'));
  const prisons = new Map([[0, { prison: host, vnet: vnets[0]?.address ?? 0n }]]);
  const children = new Map<bigint, PlacedStruct>();
  let own = 0;
  let link = head.at('tqh_first');
  for (const jail of jails) {
    const built = PlacedStruct.allocate(memory, heap, type);
    const around = prisons.get(jail.parent);
    if (around === undefined) throw new Error(`${jail.name} is in a jail that is not there`);
    const vnet = jail.hasVnet ? (vnets[++own]?.address ?? 0n) : around.vnet;
    writePrison(built, profile, jail, vnet);
    prisons.set(jail.id, { prison: built, vnet });
    memory.store(link, built.address);
    built.put({ 'pr_list.tqe_prev': link, pr_parent: around.prison.address });
    link = built.at('pr_list.tqe_next');
    // The youngest child comes first.
    const older = children.get(around.prison.address);
    built.put({
      'pr_sibling.le_next': older?.address ?? 0n,
      'pr_sibling.le_prev': around.prison.at('pr_children.lh_first'),
    });
    older?.put({ 'pr_sibling.le_prev': built.at('pr_sibling.le_next') });
    around.prison.put({ 'pr_children.lh_first': built.address });
    children.set(around.prison.address, built);
    if (jail.parent !== 0) around.prison.put({ pr_childcount: 1, pr_childmax: 4 });
  }
  head.put({ tqh_last: link });
}
