/**
 * The security associations of IPsec that are in use: `sahtree` is a list of pairs of addresses (struct secashead of <netipsec/keydb.h>), each with a
 * list of associations (struct secasvar). Beside what is looked at there lie the pointers to keys: nothing of that is read.
 */
import { cellsBehind, planOf, shapeOf, sliceOf, structItself, structNamed, type Compile } from './structure.js';

/** `IPPROTO_TCP`: of TCP-MD5. */
const PROTOCOLS = { '6': 'tcp', '50': 'esp', '51': 'ah', '108': 'ipcomp' };
/** <netipsec/ipsec.h>. */
const MODES = { '0': 'any', '1': 'transport', '2': 'tunnel', '3': 'tcpmd5' };
/** Bytes of the union of sockaddrs: those of IPv6's. */
const SOCKADDR_BYTES = 28;

export const ipsecSas: Compile = (file, type) => {
  const queue = structItself(file, type, 'list');
  const head = structNamed(file, 'secashead');
  const sa = structNamed(file, 'secasvar');
  const sequences = [
    { kind: 'links', first: queue.field('tqh_first').offset, next: head.link('chain').offset, isNewestFirst: true },
    { kind: 'links', first: head.head('savtree_alive').offset, next: sa.link('chain').offset, isNewestFirst: true },
  ] as const;
  const address = (member: string) => ({
    ...sliceOf(head, `saidx.${member}.sa.sa_len`, 1),
    size: SOCKADDR_BYTES,
    as: 'sockaddr' as const,
  });
  return {
    plan: planOf(sequences, {
      keys: [
        { ...sliceOf(sa, 'spi'), label: 'spi', as: 'hexadecimal' },
        { ...address('src'), label: 'source' },
        { ...address('dst'), label: 'destination' },
        { ...sliceOf(head, 'saidx.proto', 1), label: 'protocol', as: 'name', names: PROTOCOLS },
        { ...sliceOf(head, 'saidx.mode', 1), label: 'mode', as: 'name', names: MODES },
      ],
      check: [{ ...sliceOf(sa, 'sah'), is: 'address', levels: 1 }],
      same: [sliceOf(sa, 'lft_c')],
      succession: { digest: undefined },
      isApart: true,
      inPieces: true,
    }),
    shape: shapeOf(sa.struct, cellsBehind(sa, 'lft_c', ['allocations', 'bytes'])),
  };
};
