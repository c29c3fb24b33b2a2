/** `list`: the symbol leads to a list or an array, and each element holds counters, zpcpu pointers or plain integers. */
import { MAX_ZPCPU_STRUCT } from '../../config/limits.js';
import { leaves } from '../../ctf/members.js';
import { isStruct, type CtfStruct, type ObjectTypes } from '../../ctf/types.js';
import { plain } from '../instances/plain.js';
import { compileList } from '../lists/compileList.js';
import { elementShape, itemShape, ShapeError, type Shape } from '../shapes.js';
import { ofElements, ownType, shapeSize, type Kind } from './kind.js';

export const list: Kind = {
  instances: plain,
  isCounter: false,
  shapeOf(symbol) {
    const { file, struct, list: rules } = symbol;
    if (rules === undefined) throw new ShapeError('it is no list');
    const { plan, element } = compileList(file, ownType(symbol), struct, rules);
    const shape = rules.zpcpu === undefined ? elementShape(file, element) : pointedTo(file, element, rules.zpcpu);
    return { ...shape, list: plan };
  },
  ...ofElements,
  checkOffsets() {
    throw new ShapeError('a list goes by the kernel’s types');
  },
};

/** What the zpcpu item is that a member points to. */
function pointedTo(file: ObjectTypes, element: CtfStruct, path: string): Extract<Shape, { kind: 'struct' }> {
  const field = [...leaves(file, element)].find((one) => one.path === path);
  const pointer = field === undefined ? undefined : file.resolve(field.type);
  const target = pointer?.kind === 'pointer' ? file.resolve(pointer.target) : undefined;
  if (field === undefined || target === undefined || !isStruct(target)) {
    throw new ShapeError(`${path} of ${element.kind} ${element.name} does not point to a struct`);
  }
  const shape = itemShape(file, target);
  const itemSize = shapeSize(shape);
  if (shape.kind !== 'struct' || itemSize > MAX_ZPCPU_STRUCT) {
    throw new ShapeError(
      `its items would have ${itemSize} bytes, but a per-CPU zone's have at most ${MAX_ZPCPU_STRUCT}`,
    );
  }
  const access = { way: 'pointer', cell: field.offset, itemSize } as const;
  return { ...shape, members: shape.members.map((member) => ({ ...member, access })) };
}
