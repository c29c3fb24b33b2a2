/** The kernel's types → how sockets that listen are found, and what is told of each. Throws ShapeError where they are something else. */
import type { ObjectTypes } from '../../ctf/types.js';
import { WORD_BYTES } from '../../kernel/address.js';
import { Members } from '../lists/members.js';
import { requireStruct, ShapeError, structName, type ShapeMember, type StructShape } from '../shapes.js';
import type { Part, SocketPlan, Span } from './socketPlan.js';

/** Of the accept queue (<sys/socketvar.h>), which a socket has that listens. */
const QUEUE = ['sol_qlen', 'sol_incqlen', 'sol_qlimit'];
const LOCAL = 'inp_inc.inc_ie.ie_dependladdr';

export interface CompiledSockets {
  readonly sockets: Omit<SocketPlan, 'limit'>;
  /** What a socket is. */
  readonly shape: Pick<StructShape, 'name' | 'size' | 'members' | 'unfit'>;
}

/** Those of TCP, from `tcbinfo`. Since 14.0 those that are connected to nobody have a hash of their own. */
export function compileTcp(file: ObjectTypes): CompiledSockets {
  const info = new Members(file, requireStruct(file, 'inpcbinfo'));
  const pcb = new Members(file, requireStruct(file, 'inpcb'));
  const isSplit = info.find('ipi_hash_wild') !== undefined;
  const { next, previous } = linkOf(pcb, isSplit ? 'inp_hash_wild' : 'inp_hash');
  const flags = part(pcb, 'inp_vflag', 1);
  const foreign = part(pcb, 'inp_inc.inc_ie.ie_fport', 2);
  const port = part(pcb, 'inp_inc.inc_ie.ie_lport', 2);
  const address4 = part(pcb, `${LOCAL}.id46_addr.ia46_addr4.s_addr`, 4);
  const address6 = part(pcb, `${LOCAL}.id6_addr.__u6_addr.__u6_addr8`, 16);
  const owner = part(pcb, 'inp_pcbinfo', WORD_BYTES);
  const socket = part(pcb, 'inp_socket', WORD_BYTES);
  const same = [part(pcb, 'inp_gencnt', WORD_BYTES), foreign, port, address6, flags, owner, socket];
  return withSocket(file, {
    search: {
      kind: 'table',
      base: part(info, isSplit ? 'ipi_hash_wild' : 'ipi_hashbase', WORD_BYTES).offset,
      mask: part(info, 'ipi_hashmask', WORD_BYTES).offset,
    },
    alsoAt: [],
    pcb: {
      span: spanOf([...same, next, previous]),
      next: next.offset,
      previous: previous.offset,
      socket: socket.offset,
      zero: [foreign],
      owner: owner.offset,
      same,
    },
    name: {
      kind: 'inet',
      protocol: 'tcp',
      flags: flags.offset,
      port: port.offset,
      address4: address4.offset,
      address6: address6.offset,
    },
  });
}

/** Those of the local domain, from `unp_shead` (streams); those of packets in sequence are on a list of their own. */
export function compileUnix(file: ObjectTypes): CompiledSockets {
  const pcb = new Members(file, requireStruct(file, 'unpcb'));
  const { next, previous } = linkOf(pcb, 'unp_link');
  const address = part(pcb, 'unp_addr', WORD_BYTES);
  const socket = part(pcb, 'unp_socket', WORD_BYTES);
  const same = [part(pcb, 'unp_gencnt', WORD_BYTES), address, socket];
  return withSocket(file, {
    search: { kind: 'list' },
    alsoAt: ['unp_sphead'],
    pcb: {
      span: spanOf([...same, next, previous]),
      next: next.offset,
      previous: previous.offset,
      socket: socket.offset,
      zero: [],
      owner: undefined,
      same,
    },
    name: { kind: 'local', address: address.offset },
  });
}

function withSocket(file: ObjectTypes, plan: Omit<SocketPlan, 'socket' | 'limit'>): CompiledSockets {
  const struct = requireStruct(file, 'socket');
  const members = new Members(file, struct);
  const pcb = part(members, 'so_pcb', WORD_BYTES);
  const options = part(members, 'so_options', 4);
  const same = [part(members, 'so_gencnt', WORD_BYTES)];
  return {
    sockets: {
      ...plan,
      socket: { span: spanOf([...same, pcb, options]), pcb: pcb.offset, options: options.offset, same },
    },
    shape: {
      name: structName(struct),
      size: struct.size,
      members: QUEUE.map((path): ShapeMember => {
        const { offset, size } = part(members, path, 4);
        return { path, offset, format: 'u32', count: undefined, stride: size, access: { way: 'itself' } };
      }),
      unfit: [],
    },
  };
}

function part(members: Members, path: string, size: number): Part {
  const { offset, size: own } = members.field(path);
  if (own !== size)
    throw new ShapeError(`${path} of ${structName(members.struct)} has ${own ?? 0} bytes, and not ${size}`);
  return { offset, size };
}

/** Of a link of queue(3): the pointer to the next element, and that to what points to this one. */
function linkOf(members: Members, link: string): { next: Part; previous: Part } {
  const next = members.link(link);
  const previous = members.field(next.path.replace(/next$/, 'prev'));
  return {
    next: { offset: next.offset, size: WORD_BYTES },
    previous: { offset: previous.offset, size: WORD_BYTES },
  };
}

function spanOf(parts: readonly Part[]): Span {
  const from = Math.min(...parts.map(({ offset }) => offset));
  return { from, length: Math.max(...parts.map(({ offset, size }) => offset + size)) - from };
}
