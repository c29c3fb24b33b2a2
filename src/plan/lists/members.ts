/** The members of a struct that the rules of a list name: plain ones, and the heads and links of queue(3), which are structs of their own. */
import { leaves, type CtfField } from '../../ctf/members.js';
import type { CtfStruct, ObjectTypes } from '../../ctf/types.js';
import { didYouMean } from '../../yaml/diagnostics.js';
import { ShapeError, structName } from '../shapes.js';

export class Members {
  private readonly byPath = new Map<string, CtfField>();

  constructor(
    readonly file: ObjectTypes,
    readonly struct: CtfStruct,
  ) {
    for (const field of leaves(file, struct)) this.byPath.set(field.path, field);
  }

  find(path: string): CtfField | undefined {
    return this.byPath.get(path);
  }

  /** One that is no struct. */
  field(path: string): CtfField {
    const field = this.byPath.get(path);
    if (field === undefined) throw this.missing(path);
    if (field.bitField !== undefined || field.size === undefined || field.size === 0) {
      throw new ShapeError(`${path} of ${structName(this.struct)} has no bytes of its own`);
    }
    return field;
  }

  /** The pointer to the first element of a list: itself, or that in the head which it is. */
  head(path: string): CtfField {
    return this.pointer(path, '_first', 'is no list');
  }

  /** The pointer to the next element: itself, or that in the link which it is. */
  link(path: string): CtfField {
    return this.pointer(path, '_next', 'does not lead to another');
  }

  private pointer(path: string, ending: string, otherwise: string): CtfField {
    const within = this.within(path);
    const field = this.byPath.get(path) ?? within.find((one) => one.path.endsWith(ending));
    if (field === undefined && within.length === 0) throw this.missing(path);
    if (field === undefined || this.file.resolve(field.type).kind !== 'pointer') {
      throw new ShapeError(`${path} of ${structName(this.struct)} ${otherwise}`);
    }
    return field;
  }

  /** The leaves of a member that is a struct. */
  private within(path: string): CtfField[] {
    return [...this.byPath.values()].filter((one) => one.path.startsWith(`${path}.`));
  }

  private missing(path: string): ShapeError {
    const [first] = this.within(path);
    if (first !== undefined) {
      return new ShapeError(
        `${path} of ${structName(this.struct)} is a struct; name a member of it, such as ${first.path}`,
      );
    }
    const names = [...this.byPath.keys()].flatMap((leaf) =>
      leaf.split('.').map((_, index, steps) => steps.slice(0, index + 1).join('.')),
    );
    return new ShapeError(`${structName(this.struct)} has no member ${path}${didYouMean(path, [...new Set(names)])}`);
  }
}
