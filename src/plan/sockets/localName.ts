/** What a socket that listens is called, from its control block. */
import type { Label } from '../../config/model.js';
import { isKernelAddress, kernelAddress } from '../../kernel/address.js';
import { KvmError } from '../../kernel/errors.js';
import type { Memory } from '../../kernel/memory.js';
import { addressText } from '../../kernel/netAddress.js';
import { textIn } from '../../kernel/texts.js';
import type { Name } from './socketPlan.js';

/** Of inp_vflag (<netinet/in_pcb.h>). */
const INP_IPV4 = 1;
const INP_IPV6 = 2;
/** Of struct sockaddr_un (<sys/un.h>): its own length, its family, then the path. */
const AF_LOCAL = 1;
const PATH_AT = 2;
const MAX_PATH = 104;
const ANY = '*';

/** Undefined where it is called nothing, or that cannot be read. @param from where `pcb` begins in it */
export function labelsOf(name: Name, pcb: Buffer, from: number, memory: Memory): readonly Label[] | undefined {
  if (name.kind === 'local') {
    const path = pathAt(pcb.readBigUInt64LE(name.address - from), memory);
    return path === undefined ? undefined : [{ name: 'path', value: path }];
  }
  const flags = pcb[name.flags - from]!;
  const isV6 = (flags & INP_IPV6) !== 0;
  const version = `${(flags & INP_IPV4) === 0 ? '' : '4'}${isV6 ? '6' : ''}`;
  const [at, size] = isV6 ? [name.address6 - from, 16] : [name.address4 - from, 4];
  return [
    { name: 'protocol', value: name.protocol + version },
    { name: 'address', value: localAddress(pcb.subarray(at, at + size)) },
    { name: 'port', value: String(pcb.readUInt16BE(name.port - from)) },
  ];
}

function localAddress(bytes: Buffer): string {
  if (bytes.every((byte) => byte === 0)) return ANY;
  const text = addressText(bytes);
  // The kernel keeps the interface of a link-local address in its second group (<netinet6/scope6_var.h>).
  const zone = text.startsWith('fe80:') ? bytes.readUInt16BE(2) : 0;
  return zone === 0 ? text : `${text}%${zone}`;
}

/** No more is read than the address says that it has: what follows it in memory is somebody else's. */
function pathAt(pointer: bigint, memory: Memory): string | undefined {
  if (!isKernelAddress(pointer)) return undefined;
  try {
    const head = Buffer.alloc(PATH_AT);
    memory.read(pointer, head);
    const length = Math.min(head[0]! - PATH_AT, MAX_PATH);
    if (head[1] !== AF_LOCAL || length <= 0) return undefined;
    const path = Buffer.alloc(length);
    memory.read(kernelAddress(pointer + BigInt(PATH_AT)), path);
    const text = textIn(path);
    return text === '' ? undefined : text;
  } catch (error) {
    if (!(error instanceof KvmError)) throw error;
    return undefined;
  }
}
