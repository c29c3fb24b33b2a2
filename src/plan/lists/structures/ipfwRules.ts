/**
 * The rules of ipfw(4), in the order in which they are tried: `layer3_chain` has an array of pointers to them (struct ip_fw_chain and ip_fw of
 * <netpfil/ipfw/ip_fw_private.h>), which every change of the rules replaces by another.
 */
import { WORD_BYTES } from '../../../kernel/address.js';
import {
  cellsBehind,
  lengthOf,
  planOf,
  shapeOf,
  sliceOf,
  structItself,
  structNamed,
  type Compile,
} from './structure.js';

export const ipfwRules: Compile = (file, type) => {
  const chain = structItself(file, type, 'struct');
  const rule = structNamed(file, 'ip_fw');
  // The chain itself, so that the array and its length are read at once.
  const whole = {
    kind: 'array',
    at: 0,
    stride: chain.struct.size,
    count: 1,
    length: undefined,
    behindPointer: false,
    ofPointers: false,
  } as const;
  const map = {
    kind: 'array',
    at: chain.field('map').offset,
    stride: WORD_BYTES,
    count: undefined,
    length: undefined,
    member: lengthOf(chain, 'n_rules'),
    behindPointer: true,
    ofPointers: true,
  } as const;
  const number = { ...sliceOf(rule, 'rulenum'), label: 'rule', as: 'number', format: 'u16' } as const;
  // Several rules may have one number; none has another's id for as long as it lives.
  const id = { ...sliceOf(rule, 'id'), label: 'id', as: 'number', format: 'u32' } as const;
  const set = { ...sliceOf(rule, 'set'), label: 'set', as: 'number', format: 'u8' } as const;
  return {
    plan: planOf([whole, map], {
      keys: [number, id, set],
      same: [sliceOf(rule, 'cntr')],
      succession: { digest: undefined },
    }),
    shape: shapeOf(rule.struct, cellsBehind(rule, 'cntr', ['packets', 'bytes'])),
  };
};
