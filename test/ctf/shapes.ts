/**
 * fixtures/shapes.h and the data symbols of fixtures/shapes.c, described once more for CtfWriter. Offsets and sizes are not written down but
 * follow from the rules of the System V ABI for amd64, so that the C compiler can be asked whether they are right.
 */
import { CtfWriter, type MemberDescription, type TypeId } from '../../src/simulator/ctfWriter.js';

/** A type in the writer. Size and alignment are in bytes; both are 0 for what has none, such as void. */
interface Laid {
  readonly id: TypeId;
  readonly size: number;
  readonly align: number;
}

interface LaidInteger extends Laid {
  readonly name: string;
  readonly signed: boolean;
}

/** A name and its type, or the integer that a bit field of so many bits is declared with. The name of an anonymous member is empty. */
type DeclaredMember =
  readonly [name: string, type: Laid, bits?: undefined] | readonly [name: string, type: LaidInteger, bits: number];

export interface Shapes {
  readonly writer: CtfWriter;
  /** Of the symbols that have a type in CTF's table of data objects. */
  readonly symbolTypes: ReadonlyMap<string, TypeId>;
}

class Declarations {
  readonly writer = new CtfWriter();
  readonly nothing: Laid = { id: 0, size: 0, align: 0 };

  integer(name: string, size: number, signed: boolean): LaidInteger {
    return { id: this.writer.add({ kind: 'integer', name, bits: size * 8, signed }), size, align: size, name, signed };
  }

  float(name: string, size: number): Laid {
    return { id: this.writer.add({ kind: 'float', name, bits: size * 8 }), size, align: size };
  }

  pointer(to: Laid): Laid {
    return { id: this.writer.add({ kind: 'pointer', target: to.id }), size: 8, align: 8 };
  }

  /** Three dots are a parameter of no type. */
  function(returns: Laid, ...parameters: readonly Laid[]): Laid {
    const ids = parameters.map(({ id }) => id);
    return { ...this.nothing, id: this.writer.add({ kind: 'function', returns: returns.id, parameters: ids }) };
  }

  array(element: Laid, count: number, index: Laid): Laid {
    const id = this.writer.add({ kind: 'array', element: element.id, count, index: index.id });
    return { id, size: element.size * count, align: element.align };
  }

  typedef(name: string, of: Laid): Laid {
    return { ...of, id: this.writer.add({ kind: 'typedef', name, target: of.id }) };
  }

  qualified(kind: 'const' | 'volatile' | 'restrict', of: Laid): Laid {
    return { ...of, id: this.writer.add({ kind, target: of.id }) };
  }

  enumeration(name: string, values: Readonly<Record<string, number>>): Laid {
    const listed = Object.entries(values).map(([each, value]) => ({ name: each, value }));
    return { id: this.writer.add({ kind: 'enum', name, values: listed }), size: 4, align: 4 };
  }

  /** A struct without a definition; pass it to struct() as `known` to define it later. */
  forward(name: string): Laid {
    return { ...this.nothing, id: this.writer.add({ kind: 'forward', name }) };
  }

  union(name: string, members: readonly DeclaredMember[]): Laid {
    const size = members.reduce((most, [, type]) => Math.max(most, type.size), 0);
    const align = alignment(members);
    const described = members.map(([each, { id }]) => ({ name: each, type: id, bitOffset: 0 }));
    const laid = { size: roundUp(size, align), align };
    return { ...laid, id: this.writer.add({ kind: 'union', name, size: laid.size, members: described }) };
  }

  struct(
    name: string,
    members: readonly DeclaredMember[],
    { known, isPacked = false }: { known?: Laid; isPacked?: boolean } = {},
  ): Laid {
    let end = 0;
    const described = members.map(([each, type, bits]): MemberDescription => {
      const unit = type.size * 8;
      if (bits === undefined) end = roundUp(end, isPacked ? 8 : type.align * 8);
      // A bit field follows right on, but does not reach over the end of a unit of its declared type.
      else if (Math.floor(end / unit) !== Math.floor((end + bits - 1) / unit)) end = roundUp(end, unit);
      const bitOffset = end;
      end += bits ?? unit;
      return { name: each, type: bits === undefined ? type.id : this.bitField(type, bits), bitOffset };
    });
    const align = isPacked ? 1 : alignment(members);
    const size = roundUp(end, align * 8) / 8;
    const type = { kind: 'struct', name, size, members: described } as const;
    if (known === undefined) return { id: this.writer.add(type), size, align };
    this.writer.replace(known.id, type);
    return { id: known.id, size, align };
  }

  private bitField({ name, signed, size }: LaidInteger, bits: number): TypeId {
    return this.writer.add({ kind: 'integer', name, bits, signed, size });
  }
}

export function describeShapes(): Shapes {
  const c = new Declarations();
  const char = c.integer('char', 1, true);
  const short = c.integer('short int', 2, true);
  const int = c.integer('int', 4, true);
  const long = c.integer('long int', 8, true);
  const uchar = c.integer('unsigned char', 1, false);
  const ushort = c.integer('short unsigned int', 2, false);
  const unsigned = c.integer('unsigned int', 4, false);
  const ulong = c.integer('long unsigned int', 8, false);
  const bool = c.integer('_Bool', 1, false);
  const float = c.float('float', 4);
  const double = c.float('double', 8);
  const array = (element: Laid, count: number): Laid => c.array(element, count, ulong);

  const uint16 = c.typedef('uint16_t', c.typedef('__uint16_t', ushort));
  const uint32 = c.typedef('uint32_t', c.typedef('__uint32_t', unsigned));
  const uint64 = c.typedef('uint64_t', c.typedef('__uint64_t', ulong));
  const counter = c.typedef('counter_u64_t', c.pointer(uint64));
  const alias = c.typedef('counter_alias_t', counter);
  const deep = c.typedef('counter_deep_t', c.qualified('const', c.qualified('volatile', alias)));
  const voidPointer = c.pointer(c.nothing);
  const constChars = c.pointer(c.qualified('const', char));
  const handler = c.typedef('handler_t', c.pointer(c.function(int, voidPointer, constChars, c.nothing)));
  const colour = c.enumeration('colour', { RED: 0, GREEN: -7, BLUE: 70000 });

  const plain = c.struct('plain', [
    ['c', char],
    ['s', short],
    ['i', int],
    ['l', long],
    ['uc', uchar],
    ['us', uint16],
    ['q', uint64],
    ['f', float],
    ['d', double],
    ['b', bool],
  ]);
  const counters = c.struct('counters', [
    ['first', counter],
    ['second', alias],
    ['third', deep],
    ['hist', array(counter, 41)],
    ['grid', array(array(counter, 5), 3)],
    ['plain', uint32],
    ['last', counter],
  ]);
  const inner = c.struct('inner', [
    ['x', int],
    ['plain', plain],
  ]);
  const unnamedTag = c.struct('', [
    ['n', short],
    ['count', counter],
  ]);
  const half = c.struct('', [
    ['low', uint32],
    ['high', uint32],
  ]);
  const word = c.union('', [
    ['whole', uint64],
    ['half', half],
  ]);
  const nested = c.struct('nested', [
    ['lead', char],
    ['inner', inner],
    ['unnamed_tag', unnamedTag],
    ['many', array(inner, 4)],
    ['word', word],
  ]);
  const innermost = c.struct('', [
    ['d', short],
    ['e', counter],
  ]);
  const middle = c.union('', [
    ['b', long],
    ['c', array(char, 3)],
    ['', innermost],
  ]);
  const outermost = c.struct('', [
    ['a', int],
    ['', middle],
  ]);
  const anonymous = c.struct('anonymous', [
    ['before', int],
    ['', outermost],
    ['after', int],
  ]);
  const bits = c.struct('bits', [
    ['one', unsigned, 1],
    ['seven', unsigned, 7],
    ['nine', unsigned, 9],
    ['sign', int, 4],
    ['wide', ulong, 37],
    ['whole', int],
    ['small', uchar, 3],
    ['after', counter],
  ]);
  const either = c.union('either', [
    ['i', int],
    ['l', long],
    ['p', plain],
    ['bytes', array(char, 100)],
  ]);
  const pointersKnown = c.forward('pointers');
  const laterKnown = c.forward('defined_later');
  const pointers = c.struct(
    'pointers',
    [
      ['self', c.pointer(pointersKnown)],
      ['opaque', c.pointer(c.forward('declared_only'))],
      ['later', c.pointer(laterKnown)],
      ['handler', handler],
      ['plain_handler', c.pointer(c.function(c.nothing))],
      ['nothing', voidPointer],
      ['name', c.qualified('const', constChars)],
      ['flags', c.qualified('volatile', int)],
      ['alone', c.qualified('restrict', c.pointer(char))],
      ['colour', colour],
      ['table', array(c.pointer(c.function(int, int, long)), 6)],
    ],
    { known: pointersKnown },
  );
  const later = c.struct(
    'defined_later',
    [
      ['a', int],
      ['p', pointers],
    ],
    { known: laterKnown },
  );
  const large = c.struct('large', [
    ['pad', array(char, 9000)],
    ['tail', counter],
    ['inner', inner],
    ['end', int],
  ]);
  const huge = c.struct('huge', [
    ['parts', array(large, 20)],
    ['tail', counter],
  ]);
  const packed = c.struct(
    'packed',
    [
      ['c', char],
      ['q', uint64],
      ['s', short],
      ['n', counter],
    ],
    { isPacked: true },
  );
  const flexible = c.struct('flexible', [
    ['count', int],
    ['items', array(counter, 0)],
  ]);
  const emptyStart = c.struct('empty_start', [
    ['nothing', c.struct('', [])],
    ['x', int],
  ]);

  const symbols: Readonly<Record<string, Laid>> = {
    plain_object: plain,
    counters_object: counters,
    nested_object: nested,
    anonymous_object: anonymous,
    bits_object: bits,
    either_object: either,
    pointers_object: pointers,
    later_object: later,
    large_object: large,
    huge_object: huge,
    packed_object: packed,
    flexible_object: flexible,
    empty_start_object: emptyStart,
    one_counter: counter,
    counter_array: array(counter, 11),
    deep_counter: c.qualified('const', c.qualified('volatile', alias)),
    plain_words: array(uint64, 7),
    colour_object: colour,
    handler_object: handler,
    static_object: c.qualified('const', inner),
  };
  return { writer: c.writer, symbolTypes: new Map(Object.entries(symbols).map(([name, { id }]) => [name, id])) };
}

function alignment(members: readonly DeclaredMember[]): number {
  return members.reduce((most, [, type]) => Math.max(most, type.align), 1);
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / Math.max(to, 1)) * Math.max(to, 1);
}
