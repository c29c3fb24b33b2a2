/** The members of a list's elements, and what a config could make of each: a label, a counter, the way to a zpcpu item, or an integer. */
import { ZPCPU_SIZES } from '../config/limits.js';
import { elementOf } from '../ctf/elementOf.js';
import { leaves, type CtfField } from '../ctf/members.js';
import { typeText } from '../ctf/typeText.js';
import { isStruct, type CtfStruct, type ObjectTypes } from '../ctf/types.js';
import { elementShape, itemShape } from '../plan/shapes.js';

export interface ElementMember {
  readonly path: string;
  readonly offset: number;
  /** As C spells it. */
  readonly type: string;
  /** Undefined where a config can make nothing of it. */
  readonly use: 'label' | 'counter' | 'zpcpu' | 'integer' | undefined;
}

/** What the name of an element is called, the surest first. */
const NAMES = [/(^|_)xname$/, /(^|_)name$/, /shortdesc$/, /label$/, /name$/];

export function elementMembers(file: ObjectTypes, element: CtfStruct): ElementMember[] {
  const values = new Map(elementShape(file, element).members.map((member) => [member.path, member]));
  return [...leaves(file, element)].map((field) => {
    const { path, offset, type } = field;
    const value = values.get(path);
    return { path, offset, type: typeText(file, type), use: useOf(file, field, value) };
  });
}

/** The counter of a struct counter_rate, which is set back every second. */
const RATE = /(^|\.)cr_rate$/;

/** What is told of where the kernel is in memory is no number. */
const ADDRESSES = /^(u?intptr_t|vm_offset_t|vm_pointer_t|vm_paddr_t|caddr_t)$/;

function useOf(
  file: ObjectTypes,
  field: CtfField,
  value: ReturnType<typeof elementShape>['members'][number] | undefined,
): ElementMember['use'] {
  if (value !== undefined && value.access === undefined) return RATE.test(field.path) ? undefined : 'counter';
  if (isText(file, field)) return 'label';
  if (leadsToItem(file, field)) return 'zpcpu';
  const isNumber = value !== undefined && value.format !== 'ptr' && !ADDRESSES.test(typeText(file, field.type));
  return isNumber ? 'integer' : undefined;
}

/** An array of characters, or a pointer to some. */
function isText(file: ObjectTypes, { type, bitField }: CtfField): boolean {
  const character = bitField === undefined ? elementOf(file, type) : undefined;
  return character?.kind === 'integer' && character.name === 'char' && character.size === 1;
}

/** A pointer to a struct of the size of a per-CPU zone's items, which holds only integers. Whether it is one, its type does not tell. */
function leadsToItem(file: ObjectTypes, { type }: CtfField): boolean {
  const pointer = file.resolve(type);
  const target = pointer.kind === 'pointer' ? file.resolve(pointer.target) : undefined;
  if (target === undefined || !isStruct(target) || !(ZPCPU_SIZES as readonly number[]).includes(target.size))
    return false;
  const shape = itemShape(file, target);
  return (
    shape.kind === 'struct' &&
    shape.members.length > 0 &&
    shape.unfit.length === 0 &&
    shape.members.every(({ format }) => format !== 'ptr')
  );
}

/** The member that names an element, and what the label is called; undefined where none does by its own name. */
export function nameOfElement(
  members: readonly ElementMember[],
): { readonly label: string; readonly member: string } | undefined {
  const labels = members.filter(({ use, path }) => use === 'label' && !path.endsWith('lo_name'));
  // A name in a struct of the element's may be that of something else.
  for (const candidates of [labels.filter(({ path }) => !path.includes('.')), labels]) {
    for (const pattern of NAMES) {
      const found = candidates.find(({ path }) => pattern.test(path));
      if (found !== undefined) return { label: found.path.endsWith('label') ? 'label' : 'name', member: found.path };
    }
  }
  return undefined;
}
