/** What pf makes of all that a rule says: two rules with one digest are the same rule. */
import { createHash } from 'node:crypto';

/** 16 bytes. @param said by the rule */
export function digestOf(said: string): Buffer {
  return createHash('md5').update(said).digest();
}
