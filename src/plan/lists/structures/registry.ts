/** How each of the structures is walked that a config may name. */
import type { StructureName } from '../../../config/structures.js';
import { compileTcp, compileUnix } from '../../sockets/compileSockets.js';
import { bpfReaders, bpfWriters } from './bpf.js';
import { iflibQueues, iflibRings } from './iflib.js';
import { ipfwRules } from './ipfwRules.js';
import { ipsecSas } from './ipsecSas.js';
import { nexthops } from './nexthops.js';
import { pfInterfaces } from './pfInterfaces.js';
import { pfRules } from './pfRules.js';
import { pfTables } from './pfTables.js';
import type { Compile } from './structure.js';

export const walkable: Readonly<Record<StructureName, Compile>> = {
  ipfw_rules: ipfwRules,
  ipsec_sas: ipsecSas,
  iflib_rings: iflibRings,
  iflib_queues: iflibQueues,
  nexthops,
  pf_rules: pfRules,
  pf_interfaces: pfInterfaces,
  pf_tables: pfTables,
  tcp_listeners: compileTcp,
  unix_listeners: compileUnix,
  bpf_readers: bpfReaders,
  bpf_writers: bpfWriters,
};
