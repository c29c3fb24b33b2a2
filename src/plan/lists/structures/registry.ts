/** How each of the structures is walked that a config may name. */
import type { StructureName } from '../../../config/structures.js';
import { ipfwRules } from './ipfwRules.js';
import { ipsecSas } from './ipsecSas.js';
import { nexthops } from './nexthops.js';
import type { Compile } from './structure.js';

export const walkable: Readonly<Record<StructureName, Compile>> = {
  ipfw_rules: ipfwRules,
  ipsec_sas: ipsecSas,
  nexthops,
};
