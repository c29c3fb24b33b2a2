/** A small kernel's file for the tests: a PCPUSTAT array with its struct, a few odd types, and symbols with and without types. */
import { CtfWriter, type TypeId } from '../../src/simulator/ctfWriter.js';
import { dataObjectTypes, writeElf, type SymbolDescription } from '../../src/simulator/elfWriter.js';

export const BUILD_ID = '00112233445566778899aabbccddeeff01234567';

export interface CtfForm {
  readonly version: 2 | 3;
  readonly compressed: boolean;
}

/** Every form that a kernel's type information can have. */
export const forms: readonly CtfForm[] = ([2, 3] as const).flatMap((version) =>
  [true, false].map((compressed) => ({ version, compressed })),
);

export function formName({ version, compressed }: CtfForm): string {
  return `version ${version}, ${compressed ? '' : 'not '}compressed`;
}

export interface ImageOptions extends Partial<CtfForm> {
  /** Adds types and symbols. */
  readonly extend?: (writer: CtfWriter, symbols: SymbolDescription[]) => void;
}

/** Members that follow each other, each of 8 bytes. */
export function words(type: TypeId, names: readonly string[]): { name: string; type: TypeId; bitOffset: number }[] {
  return names.map((name, index) => ({ name, type, bitOffset: 64 * index }));
}

export function kernelCtf(options: ImageOptions = {}): { ctf: Buffer; symbols: SymbolDescription[] } {
  const writer = new CtfWriter();
  const u64 = writer.add({ kind: 'integer', name: 'unsigned long', bits: 64 });
  const u32 = writer.add({ kind: 'integer', name: 'unsigned int', bits: 32 });
  const pointer = writer.add({ kind: 'pointer', target: u64 });
  const counter = writer.add({ kind: 'typedef', name: 'counter_u64_t', target: pointer });
  const histogram = writer.add({ kind: 'array', element: u64, count: 41, index: u64 });
  const icpstat = writer.add({
    kind: 'struct',
    name: 'icmpstat',
    size: 43 * 8,
    members: [
      { name: 'icps_error', type: u64, bitOffset: 0 },
      { name: 'icps_outhist', type: histogram, bitOffset: 64 },
      { name: 'icps_badcode', type: u64, bitOffset: 42 * 64 },
    ],
  });
  const array = writer.add({ kind: 'array', element: counter, count: 43, index: u64 });
  const vmmeter = writer.add({
    kind: 'struct',
    name: 'vmmeter',
    size: 24,
    members: [...words(counter, ['v_swtch', 'v_trap']), { name: 'v_page_size', type: u32, bitOffset: 128 }],
  });
  const forward = writer.add({ kind: 'forward', name: 'vmmeter' });
  const toForward = writer.add({ kind: 'pointer', target: forward });
  const symbols: SymbolDescription[] = [
    { name: '', value: 0n, size: 0 },
    { name: 'early_static', value: 0xffffffff80000000n, size: 4, local: true, typeId: u32 },
    { name: '_START_', value: 1n, size: 0, typeId: u64 },
    { name: 'vnet_entry_icmpstat', value: 0xffffffff81a00000n, size: 344, typeId: array },
    { name: 'elsewhere', value: 0n, size: 8, section: 'undefined', typeId: u64 },
    { name: 'main', value: 0xffffffff80200000n, size: 100, type: 'function' },
    { name: 'untyped', value: 0xffffffff81b00000n, size: 8 },
    { name: 'zero', value: 0n, size: 8, section: 'absolute', typeId: u64 },
    { name: 'vm_cnt', value: 0xffffffff81c00000n, size: 24, typeId: vmmeter },
    { name: 'meter_pointer', value: 0xffffffff81d00000n, size: 8, typeId: toForward },
    { name: '_END_', value: 2n, size: 0, typeId: u64 },
    { name: 'plain_stat', value: 0xffffffff81e00000n, size: 344, typeId: icpstat },
  ];
  options.extend?.(writer, symbols);
  const { version = 3, compressed = true } = options;
  return { ctf: writer.bytes({ version, compressed, objects: dataObjectTypes(symbols) }), symbols };
}

export function kernelImage(options: ImageOptions = {}): Buffer {
  const { ctf, symbols } = kernelCtf(options);
  return writeElf({ symbols, ctf, buildId: BUILD_ID, machine: 62 });
}
