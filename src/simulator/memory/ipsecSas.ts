/** Security associations: of a tunnel, in both directions, which ipsec.ko has from the start, and what those that come later are made of. */
import { offsetOf, roundUp, sizeOf } from '../model/ctypes.js';
import { LIFETIME_BYTES, secashead, seckey, secasvar } from '../model/ipsecTypes.js';
import type { Activity } from '../model/traffic.js';
import type { Release } from '../profiles.js';
import type { KernelImage } from './kernelImage.js';
import { PcpuZone } from './pcpuZone.js';
import type { Spares } from './spareStacks.js';
import type { Words } from './words.js';

const SPARE_SAS = 100;
const SPARE_HEADS = 20;
/** Bytes of a key, which lies right after its association here: whoever reads too far, reads it. */
export const KEY_BYTES = 32;
/** `SADB_SASTATE_MATURE`. */
const MATURE = 1;

/** Bytes of addresses, 4 or 16; `proto` as IPPROTO_ESP. */
export interface Association {
  readonly source: readonly number[];
  readonly destination: readonly number[];
  readonly proto: number;
  readonly mode: number;
}

const tunnel: readonly (readonly [Association, number, readonly Activity[]])[] = [
  [
    { source: [198, 51, 100, 7], destination: [192, 0, 2, 7], proto: 50, mode: 2 },
    0xc4a1_09f3,
    [
      { rate: 900, cpuClass: 'tx' },
      { rate: 730_000, cpuClass: 'tx' },
    ],
  ],
  [
    { source: [192, 0, 2, 7], destination: [198, 51, 100, 7], proto: 50, mode: 2 },
    0x0b2e_77d1,
    [
      { rate: 850, cpuClass: 'rx' },
      { rate: 410_000, cpuClass: 'rx' },
    ],
  ],
];

export function saRoom(release: Release): number {
  return roundUp(sizeOf(secasvar(release)), 8) + sizeOf(seckey) + KEY_BYTES;
}

export function fillSas(image: KernelImage, spares: Spares): void {
  const { memory, profile, heap } = image;
  const { release } = profile;
  const zone = new PcpuZone(image.uma, profile.pageSize, image.maxId + 1, LIFETIME_BYTES, image.random);
  // Where the module is loaded again, it has none.
  const places = image.placesOf('sahtree').map((place) => image.inVnet(place, 0));
  for (const place of places) memory.store(place + 8n, place);
  for (const [association, spi, activities] of tunnel) {
    const head = heap.reserve(sizeOf(secashead(release)), 64);
    const sa = heap.reserve(saRoom(release), 64);
    const item = zone.allocate();
    writeHead(memory, release, head, association);
    writeSa(memory, release, sa, head, spi, item - image.bias);
    for (const [index, activity] of activities.entries()) {
      const address = item + BigInt(8 * index);
      const symbol = `sa ${spi.toString(16)}`;
      image.values.push({ address, stride: memory.pageSize, activity, symbol, index, file: 'ipsec' });
    }
    insertFirst(memory, places[0] ?? 0n, head, BigInt(offsetOf(secashead(release), 'chain')));
    const alive = head + BigInt(offsetOf(secashead(release), 'savtree_alive'));
    insertFirst(memory, alive, sa, BigInt(offsetOf(secasvar(release), 'chain')));
  }
  for (let nth = 0; nth < SPARE_SAS; nth++) {
    spares.give('sa', heap.reserve(saRoom(release), 64));
    spares.give('lifetime', zone.allocate());
  }
  for (let nth = 0; nth < SPARE_HEADS; nth++) spares.give('saHead', heap.reserve(sizeOf(secashead(release)), 64));
}

export function writeHead(words: Words, release: Release, at: bigint, association: Association): void {
  const type = secashead(release);
  const within = (path: string): bigint => at + BigInt(offsetOf(type, path));
  for (const [member, address] of [
    ['src', association.source],
    ['dst', association.destination],
  ] as const) {
    const isV4 = address.length === 4;
    const bytes = [isV4 ? 16 : 28, isV4 ? 2 : 28, ...Array<number>(isV4 ? 2 : 6).fill(0), ...address];
    for (const [nth, byte] of bytes.entries()) words.store(within(`saidx.${member}`) + BigInt(nth), BigInt(byte), 1);
  }
  words.store(within('saidx.proto'), BigInt(association.proto), 1);
  words.store(within('saidx.mode'), BigInt(association.mode), 1);
  words.store(within('state'), BigInt(MATURE), 1);
  words.store(within('refcnt'), 2n, 4);
  for (const list of ['savtree_alive', 'savtree_larval']) words.store(within(list) + 8n, within(list));
}

/** @param lifetime the pointer to both cells, as the kernel stores it */
export function writeSa(words: Words, release: Release, at: bigint, head: bigint, spi: number, lifetime: bigint): void {
  const type = secasvar(release);
  const within = (path: string): bigint => at + BigInt(offsetOf(type, path));
  const key = at + BigInt(roundUp(sizeOf(type), 8));
  words.store(key, BigInt(8 * KEY_BYTES), 2);
  words.store(key + BigInt(offsetOf(seckey, 'key_data')), key + BigInt(sizeOf(seckey)));
  for (let word = 0; word < KEY_BYTES / 8; word++)
    words.store(key + BigInt(sizeOf(seckey) + 8 * word), 0x5ec1_e7_5ec1_e7n + BigInt(word));
  // In network order.
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(spi);
  words.store(within('spi'), BigInt(bytes.readUInt32LE()), 4);
  words.store(within('sah'), head);
  words.store(within('key_enc'), key);
  words.store(within('state'), BigInt(MATURE), 1);
  words.store(within('lft_c'), lifetime);
  words.store(within('refcnt'), 1n, 4);
}

/** As TAILQ_INSERT_HEAD. */
export function insertFirst(words: Words, head: bigint, element: bigint, link: bigint): void {
  const first = words.load(head);
  words.store(element + link, first);
  words.store(element + link + 8n, head);
  if (first === 0n) words.store(head + 8n, element + link);
  else words.store(first + link + 8n, element + link);
  words.store(head, element);
}

/** As TAILQ_REMOVE. */
export function removeElement(words: Words, head: bigint, element: bigint, link: bigint): void {
  const next = words.load(element + link);
  const previous = words.load(element + link + 8n);
  words.store(next === 0n ? head + 8n : next + link + 8n, previous);
  words.store(previous, next);
}
