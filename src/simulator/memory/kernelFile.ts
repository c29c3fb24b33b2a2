/** The files that the simulated kernel and its modules would have been loaded from: symbols, types (CTF) and build id, no code. */
import { CtfWriter, type TypeDescription, type TypeId } from '../ctfWriter.js';
import { dataObjectTypes, writeElf, type SymbolDescription } from '../elfWriter.js';
import { cInt, layoutOf, sizeOf, type CType, type StructType } from '../model/ctypes.js';
import { looseTypes } from '../model/looseTypes.js';
import type { FileName } from '../model/files.js';
import type { Rebuilt, Section } from '../model/symbols.js';
import type { KernelImage } from './kernelImage.js';
import { buildId } from './buildId.js';

/** `e_machine` of <sys/elf_common.h>. */
const EM_X86_64 = 62;
const EM_AARCH64 = 183;
/** Variables that are static in the kernel's sources. */
const STATIC: ReadonlySet<string> = new Set([
  'ths',
  'timehands',
  'kmemstatistics',
  'uma_kegs',
  'uma_cachezones',
  'unp_shead',
  'unp_dhead',
  'unp_sphead',
  'bpf_iflist',
  'epoch_array',
]);
/** Structs that the kernel's code only takes sizes and offsets of, so that clang writes no type of theirs: seen in 14.0, where CTF lacks them. */
const UNTOLD: ReadonlySet<string> = new Set(['rtstat', 'pfkeystat', 'cryptostats']);

/**
 * The bytes of the kernel's file, or of a module's.
 * @param rebuilt of another build of it than the one that is in memory
 */
export function kernelFile(image: KernelImage, file: FileName, rebuilt: Rebuilt = (layout) => layout): Buffer {
  const types = new TypeTable();
  const { types: told } = image.spec;
  const isKernel = file === 'kernel';
  const symbols = image.symbols
    .filter((symbol) => symbol.file === file)
    .map(({ link, size, values, model, isFunction }): SymbolDescription => {
      const value = values[0] - (isKernel ? 0n : linkedAt(image, file, model?.section ?? 'data'));
      if (model === undefined) return { name: link, value, size, type: isFunction ? 'function' : 'none' };
      // Other code has a variable of the struct behind an array of counters, such as its sysctl's, so the file describes it.
      if (model.layout !== undefined && told === 'all' && !UNTOLD.has(model.layout.name)) {
        types.idOf(rebuilt(model.layout));
      }
      const set = { data: undefined, vnet: 'set_vnet', dpcpu: 'set_pcpu' } as const;
      const section = set[model.section];
      const type = model.type.kind === 'struct' ? rebuilt(model.type) : model.type;
      const local = STATIC.has(link);
      return {
        name: link,
        value,
        size,
        local,
        typeId: types.idOf(type),
        ...(section === undefined ? {} : { section }),
      };
    });
  if (isKernel) for (const struct of looseTypes(image.profile)) types.idOf(struct);
  const ctf = types.bytes(image.profile.ctfVersion, dataObjectTypes(symbols));
  const machine = image.profile.machine === 'amd64' ? EM_X86_64 : EM_AARCH64;
  return writeElf({
    symbols,
    machine,
    type: isKernel ? 'executable' : image.profile.machine === 'amd64' ? 'relocatable' : 'shared',
    ...(told === 'none' ? {} : { ctf }),
    ...(isKernel ? { buildId: buildId(image) } : {}),
  });
}

/** What a module's symbols count from in its file: a shared object's from its start, a relocatable one's (amd64) each from its section's. */
function linkedAt(image: KernelImage, file: FileName, section: Section): bigint {
  if (section === 'data' || image.profile.machine !== 'amd64') return image.moduleBases[file][0];
  const places = image.symbols
    .filter((symbol) => symbol.file === file && symbol.model?.section === section)
    .map(({ values }) => values[0]);
  return places.reduce((least, value) => (value < least ? value : least));
}

/** Gives each distinct C type an id. Types of the same name and source are the same. */
export class TypeTable {
  private readonly writer = new CtfWriter();
  private readonly ids = new Map<string, TypeId>();
  /** Structs that were named before they were described. */
  private readonly forwards = new Map<string, TypeId>();
  private anonymous = 0;

  bytes(version: 2 | 3, objects: readonly TypeId[]): Buffer {
    return this.writer.bytes({ version, compressed: true, objects });
  }

  idOf(type: CType): TypeId {
    switch (type.kind) {
      case 'void':
        return 0;
      case 'int':
        return this.add(`int ${type.name} ${type.storage ?? ''}`, () => ({
          kind: 'integer',
          name: type.name,
          bits: type.size * 8,
          signed: type.signed,
          ...(type.storage === undefined ? {} : { size: type.storage }),
        }));
      case 'typedef':
        return this.add(`typedef ${type.name}`, () => ({
          kind: 'typedef',
          name: type.name,
          target: this.idOf(type.of),
        }));
      case 'pointer': {
        const target = this.idOf(type.to);
        return this.add(`* ${target}`, () => ({ kind: 'pointer', target }));
      }
      case 'array': {
        const element = this.idOf(type.of);
        const { count } = type;
        return this.add(`[${count}] ${element}`, () => ({ kind: 'array', element, count, index: this.idOf(cInt) }));
      }
      case 'forward':
        return this.ids.get(`struct ${type.name}`) ?? this.forward(type.name);
      case 'enum':
        return this.add(`enum ${type.name}`, () => ({
          kind: 'enum',
          name: type.name,
          values: type.values.map((name, value) => ({ name, value })),
        }));
      case 'function':
        return this.add('function', () => ({ kind: 'function', returns: 0, parameters: [] }));
      case 'struct':
        return this.struct(type);
    }
  }

  private add(key: string, describe: () => TypeDescription): TypeId {
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = this.writer.add(describe());
    this.ids.set(key, id);
    return id;
  }

  private forward(name: string): TypeId {
    const known = this.forwards.get(name);
    if (known !== undefined) return known;
    const id = this.writer.add({ kind: 'forward', name });
    this.forwards.set(name, id);
    return id;
  }

  /** A struct has its id before its members have theirs, which may point back to it. */
  private struct(type: StructType): TypeId {
    const key = `struct ${type.name === '' ? `#${this.anonymous++}` : type.name}${type.source ?? ''}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = this.forward(key === `struct ${type.name}` ? type.name : key);
    this.ids.set(key, id);
    const members = layoutOf(type).map((member) => ({
      name: member.name.startsWith('@') ? '' : member.name,
      type: this.idOf(member.type),
      bitOffset: member.offset * 8,
    }));
    const kind = type.isUnion === true ? 'union' : 'struct';
    this.writer.replace(id, { kind, name: type.name, size: sizeOf(type), members });
    return id;
  }
}
