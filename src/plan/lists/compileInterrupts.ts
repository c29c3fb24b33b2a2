/** The kernel's tables of interrupts, held against its types: `intrcnt` and `intrnames`, how long they are, and amd64's `interrupt_sources`. */
import type { InterruptValue } from '../../config/model.js';
import { elementOf } from '../../ctf/elementOf.js';
import { leaves, type CtfField } from '../../ctf/members.js';
import { typeText } from '../../ctf/typeText.js';
import { isStruct, type CtfStruct, type CtfType, type ObjectTypes } from '../../ctf/types.js';
import { WORD_BYTES } from '../../kernel/address.js';
import { requireStruct, ShapeError, structName, UntoldError } from '../shapes.js';
import type {
  ArraySymbol,
  InterruptControllerPlan,
  InterruptsPlan,
  InterruptSourcesPlan,
  LengthSymbol,
  LocalApicsPlan,
} from './interruptsPlan.js';
import type { Slice } from './listPlan.js';

/** Controllers whose sources tell where they go. Those of Xen do not, and 8259As are used only where there is no other CPU. */
const CONTROLLERS = [
  { template: 'ioapic_template', struct: 'ioapic_intsrc', source: 'io_intsrc', target: 'io_cpu', vector: 'io_vector' },
  { template: 'msi_pic', struct: 'msi_intsrc', source: 'msi_intsrc', target: 'msi_cpu', vector: 'msi_vector' },
] as const;

/** Throws ShapeError where the types say that it is something else, UntoldError where they do not tell. */
export function compileInterrupts(file: ObjectTypes, value: InterruptValue): InterruptsPlan {
  const table = {
    counts: arraySymbol(file, 'intrcnt', WORD_BYTES),
    names: arraySymbol(file, 'intrnames', 1),
    countBytes: lengthSymbol(file, 'sintrcnt'),
    nameBytes: lengthSymbol(file, 'sintrnames'),
    slots: file.typeOfObject('nintrcnt') === undefined ? undefined : lengthSymbol(file, 'nintrcnt'),
  };
  return { value, table, sources: value === 'cpu' ? sourcesOf(file) : undefined };
}

function typeOf(file: ObjectTypes, symbol: string): CtfType {
  const type = file.typeOfObject(symbol);
  if (type === undefined) throw new UntoldError(`the kernel's types tell nothing of ${symbol}`);
  return file.resolve(type);
}

function arraySymbol(file: ObjectTypes, symbol: string, size: number): ArraySymbol {
  const type = typeOf(file, symbol);
  const element = elementOf(file, type);
  if (element?.kind === 'integer' && element.size === size) return { symbol, behindPointer: type.kind === 'pointer' };
  throw new ShapeError(`${symbol} is ${typeText(file, type)}, and no array of integers of ${size} bytes`);
}

function lengthSymbol(file: ObjectTypes, symbol: string): LengthSymbol {
  const type = typeOf(file, symbol);
  if (type.kind === 'integer' && (type.size === 4 || type.size === 8)) return { symbol, size: type.size };
  throw new ShapeError(`${symbol} is ${typeText(file, type)}, and no length`);
}

function sourcesOf(file: ObjectTypes): InterruptSourcesPlan {
  const symbol = 'interrupt_sources';
  const type = typeOf(file, symbol);
  const pointer = elementOf(file, type);
  const struct = pointer?.kind === 'pointer' ? file.resolve(pointer.target) : undefined;
  if (struct === undefined || !isStruct(struct)) {
    throw new ShapeError(`${symbol} is ${typeText(file, type)}, and no array of pointers to structs`);
  }
  const source = new Members(file, struct);
  const slices = {
    counter: source.slice('is_count', 'pointer'),
    strayCounter: source.slice('is_straycount', 'pointer'),
    index: source.slice('is_index', 'integer'),
    handlers: source.slice('is_handlers', 'integer'),
    controller: source.slice('is_pic', 'pointer'),
  };
  const controllers = CONTROLLERS.map((controller) => controllerOf(file, struct, controller));
  const all = [...Object.values(slices), ...controllers.flatMap(({ target, vector }) => [target, vector])];
  const from = Math.min(...all.map(({ offset }) => offset));
  const length = Math.max(...all.map(({ offset, size }) => offset + size)) - from;
  return {
    pointers: { symbol, behindPointer: type.kind === 'pointer' },
    count: lengthSymbol(file, 'num_io_irqs'),
    span: { from, length },
    ...slices,
    assign: new Members(file, requireStruct(file, 'pic')).slice('pic_assign_cpu', 'pointer'),
    controllers,
    apics: apicsOf(file),
  };
}

/** A controller's part of a source, which begins with what all sources have. */
function controllerOf(
  file: ObjectTypes,
  source: CtfStruct,
  { template, struct, source: member, target, vector }: (typeof CONTROLLERS)[number],
): InterruptControllerPlan {
  const own = new Members(file, requireStruct(file, struct));
  const start = [...file.rawMembers(own.struct)].find(({ name }) => name === member);
  const type = start === undefined ? undefined : file.resolve(start.type);
  if (start?.bitOffset !== 0 || type === undefined || !isStruct(type) || type.name !== source.name) {
    throw new ShapeError(`struct ${struct} does not begin with ${structName(source)}`);
  }
  return { template, target: own.slice(target, 'integer'), vector: own.slice(vector, 'byte') };
}

function apicsOf(file: ObjectTypes): LocalApicsPlan {
  const pcpu = new Members(file, requireStruct(file, 'pcpu'));
  return { cpu: pcpu.slice('pc_cpuid', 'integer'), apic: pcpu.slice('pc_apic_id', 'integer') };
}

/** Of a struct, where its members are that are what they are expected to be. */
class Members {
  private readonly fields: ReadonlyMap<string, CtfField>;

  constructor(
    private readonly file: ObjectTypes,
    readonly struct: CtfStruct,
  ) {
    this.fields = new Map([...leaves(file, struct)].map((field) => [field.path, field]));
  }

  /** @param kind `integer` of 32 bits; `byte` of 8, or a bit field that is a byte */
  slice(path: string, kind: 'pointer' | 'integer' | 'byte'): Slice {
    const field = this.fields.get(path);
    const size = kind === 'pointer' ? WORD_BYTES : kind === 'byte' ? 1 : 4;
    if (field === undefined || !this.is(field, kind, size)) {
      const what = { pointer: 'a pointer', integer: 'an integer', byte: 'an integer of 8 bits' }[kind];
      throw new ShapeError(`${structName(this.struct)} has no ${path} that is ${what}`);
    }
    return { up: 0, offset: field.offset, size };
  }

  private is({ type, size, bitField }: CtfField, kind: 'pointer' | 'integer' | 'byte', expected: number): boolean {
    if (this.file.resolve(type).kind !== (kind === 'pointer' ? 'pointer' : 'integer')) return false;
    if (bitField === undefined) return size === expected;
    return kind === 'byte' && bitField.bits === 8 && bitField.bitOffset % 8 === 0;
  }
}
