/** Who listens on the simulated host and in its jails, by TCP and in the local domain. */

export interface ListenerModel {
  /** Of inp_vflag: 4, 6, or both on one socket. */
  readonly family: '4' | '6' | '46';
  /** 4 or 16 bytes as the kernel has them; undefined for any address. */
  readonly address: readonly number[] | undefined;
  readonly port: number;
  /** `sol_qlen`, `sol_incqlen` and `sol_qlimit`. */
  readonly queue: readonly [waiting: number, incomplete: number, limit: number];
}

const V6_LOCAL = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
/** fe80::1%2: the kernel has an interface's index in the second group. */
const V6_LINK = [0xfe, 0x80, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const V6_GLOBAL = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xef];

const host: readonly ListenerModel[] = [
  { family: '46', address: undefined, port: 22, queue: [0, 0, 128] },
  { family: '4', address: [127, 0, 0, 1], port: 25, queue: [0, 0, 10] },
  { family: '4', address: undefined, port: 80, queue: [3, 1, 512] },
  // SO_REUSEPORT_LB: one for each worker.
  { family: '4', address: undefined, port: 443, queue: [5, 2, 511] },
  { family: '4', address: undefined, port: 443, queue: [7, 0, 511] },
  { family: '4', address: undefined, port: 443, queue: [470, 0, 511] },
  { family: '6', address: undefined, port: 443, queue: [1, 0, 511] },
  { family: '6', address: V6_LOCAL, port: 953, queue: [0, 0, 10] },
  { family: '6', address: V6_LINK, port: 853, queue: [0, 0, 16] },
  { family: '6', address: V6_GLOBAL, port: 853, queue: [2, 0, 16] },
  { family: '4', address: [192, 0, 2, 17], port: 53, queue: [9, 0, 10] },
];
export const HOST_LISTENERS = host.length;

/** Each beyond those has an address of its own. */
export function hostListeners(count: number): ListenerModel[] {
  return Array.from({ length: count }, (_, nth) => host[nth] ?? furtherListener(nth));
}

function furtherListener(nth: number): ListenerModel {
  const address = [10, 1, nth >> 8, nth & 255];
  return { family: '4', address, port: 8000 + (nth % 997), queue: [nth % 120, nth % 7, 100 + (nth % 400)] };
}

/** @param jail from 0 on */
export function jailListeners(jail: number): ListenerModel[] {
  return [
    { family: '46', address: undefined, port: 22, queue: [0, 0, 128] },
    { family: '4', address: [198, 51, 100, 1 + (jail % 200)], port: 80, queue: [1 + (jail % 20), 0, 64] },
  ];
}

export interface UnixListenerModel {
  readonly path: string;
  readonly kind: 'stream' | 'seqpacket';
  readonly queue: ListenerModel['queue'];
}

export const unixListeners: readonly UnixListenerModel[] = [
  { path: '/var/run/devd.seqpacket.pipe', kind: 'seqpacket', queue: [0, 0, 10] },
  { path: '/var/run/devd.pipe', kind: 'stream', queue: [0, 0, 10] },
  { path: '/var/run/php-fpm.sock', kind: 'stream', queue: [120, 0, 128] },
  { path: '/tmp/.s.PGSQL.5432', kind: 'stream', queue: [1, 0, 200] },
  // As long as a path can be: nothing ends it.
  { path: `/var/run/${'x'.repeat(95)}`, kind: 'stream', queue: [2, 0, 5] },
];
