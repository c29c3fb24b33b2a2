/** C types as the simulated kernel describes them, as what a kernel's file would tell of them. */
import {
  isAlias,
  isStruct,
  type CtfRawMember,
  type CtfStruct,
  type CtfType,
  type ObjectTypes,
} from '../../src/ctf/types.js';
import { layoutOf, sizeOf, type CType } from '../../src/simulator/model/ctypes.js';

export class TypesOf implements ObjectTypes {
  private readonly types: CtfType[] = [{ id: 0, kind: 'void', name: '' }];
  private readonly ids = new Map<string, number>();
  private readonly members = new Map<number, CtfRawMember[]>();
  private readonly objects: ReadonlyMap<string, number>;

  /** @param objects data symbols by their names */
  constructor(objects: Readonly<Record<string, CType>>) {
    this.objects = new Map(Object.entries(objects).map(([name, type]) => [name, this.idOf(type)]));
  }

  type(id: number): CtfType {
    return this.types[id]!;
  }

  resolve(type: CtfType | number): CtfType {
    const found = typeof type === 'number' ? this.type(type) : type;
    return isAlias(found) ? this.resolve(found.target) : found;
  }

  sizeOf(type: CtfType | number): number | undefined {
    const found = this.resolve(type);
    if (found.kind === 'pointer') return 8;
    if (found.kind === 'array') return (this.sizeOf(found.element) ?? 0) * found.count;
    return 'size' in found ? found.size : undefined;
  }

  innermost(type: CtfType | number): CtfType {
    const found = this.resolve(type);
    return found.kind === 'array' ? this.innermost(found.element) : found;
  }

  *rawMembers({ id }: CtfStruct): Generator<CtfRawMember> {
    yield* this.members.get(id) ?? [];
  }

  findStruct(tag: string): CtfStruct | undefined {
    return this.types.filter(isStruct).find(({ name }) => name === tag);
  }

  typeOfObject(name: string): CtfType | undefined {
    const id = this.objects.get(name);
    return id === undefined ? undefined : this.type(id);
  }

  private idOf(type: CType): number {
    switch (type.kind) {
      case 'void':
        return 0;
      case 'int':
        return this.add({
          kind: 'integer',
          name: type.name,
          signed: type.signed,
          bits: 8 * type.size,
          bitOffset: 0,
          size: type.size,
        });
      case 'typedef':
        return this.add({ kind: 'typedef', name: type.name, target: this.idOf(type.of) });
      case 'pointer':
        return this.add({ kind: 'pointer', name: '', target: this.idOf(type.to) });
      case 'array':
        return this.add({ kind: 'array', name: '', element: this.idOf(type.of), count: type.count });
      case 'forward':
        return this.ids.get(type.name) ?? this.add({ kind: 'forward', name: type.name });
      case 'enum':
        return this.add({
          kind: 'enum',
          name: type.name,
          size: 4,
          values: type.values.map((name, value) => ({ name, value })),
        });
      case 'function':
        return this.add({ kind: 'function', name: '', returns: 0 });
      case 'struct': {
        const known = type.name === '' ? undefined : this.ids.get(type.name);
        if (known !== undefined) return known;
        const members = layoutOf(type);
        const id = this.add({ kind: 'struct', name: type.name, size: sizeOf(type), memberCount: members.length });
        if (type.name !== '') this.ids.set(type.name, id);
        this.members.set(
          id,
          members.map((member) => ({ name: member.name, type: this.idOf(member.type), bitOffset: 8 * member.offset })),
        );
        return id;
      }
    }
  }

  private add<T extends CtfType>(type: T extends CtfType ? Omit<T, 'id'> : never): number {
    const id = this.types.length;
    this.types.push({ ...type, id });
    return id;
  }
}
