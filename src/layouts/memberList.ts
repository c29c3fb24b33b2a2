/** Lists of members as the files of config/layouts/ write them: names or `TYPE:name@offset`, divided by white space. */
import { WORD_BYTES } from '../kernel/address.js';
import type { LayoutMember } from './structLayout.js';

const WORD = /^([A-Za-z_][\w.]*)(?:\[(\d+)\])?$/;
const MEMBER = /^([A-Za-z_]\w*):([A-Za-z_][\w.]*)(?:\[(\d+)\])?@(\d+)$/;

/** An item of a list that says no member. */
export class MemberListError extends Error {
  override readonly name = 'MemberListError';
}

/** `name` or `name[N]`, each one 64-bit word or N of them, in order. Throws MemberListError. */
export function parseWords(text: string): LayoutMember[] {
  let offset = 0;
  return items(text).map((item) => {
    const [, name = '', length] = WORD.exec(item) ?? fail(item, '`name` or `name[N]`');
    const count = length === undefined ? undefined : Number(length);
    const member = { name, type: 'uint64_t', count, offset };
    offset += (count ?? 1) * WORD_BYTES;
    return member;
  });
}

/** `TYPE:name@offset` or `TYPE:name[N]@offset`. Throws MemberListError. */
export function parseMembers(text: string): LayoutMember[] {
  return items(text).map((item) => {
    const [, type = '', name = '', length, offset] = MEMBER.exec(item) ?? fail(item, '`TYPE:name@offset`');
    return { name, type, count: length === undefined ? undefined : Number(length), offset: Number(offset) };
  });
}

function items(text: string): string[] {
  return text.trim().split(/\s+/);
}

function fail(item: string, expected: string): never {
  throw new MemberListError(`found "${item}", expected ${expected}`);
}
