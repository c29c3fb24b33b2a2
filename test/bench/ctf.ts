/**
 * What it costs to open the types of a kernel of real size and to look some up. The file is generated to the counts that a 14.0-CURRENT GENERIC has;
 * opening is measured in a fresh process, so that neither the compiled code nor the memory of the generator helps.
 *
 * Run: node build/test/bench/ctf.js
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openKernelTypes } from '../../src/ctf/kernelFile.js';
import { leaves } from '../../src/ctf/members.js';
import { isStruct } from '../../src/ctf/types.js';
import { CtfWriter, type MemberDescription, type TypeId } from '../../src/simulator/ctfWriter.js';
import { dataObjectTypes, writeElf, type SymbolDescription } from '../../src/simulator/elfWriter.js';

const TYPES = 33_000;
const STRUCTS = 11_000;
const OBJECTS = 31_000;
/** Functions and the like: a kernel has about 100,000 symbols. */
const OTHER_SYMBOLS = 70_000;
const RUNS = 9;

interface Cost {
  openMs: number;
  lookUpMs: number;
  walkMs: number;
  rssMiB: number;
  heapMiB: number;
  found: number;
}

const [, , kernel] = process.argv;
if (kernel === undefined) compare();
else console.log(JSON.stringify(measure(kernel)));

function compare(): void {
  const folder = mkdtempSync(join(tmpdir(), 'kcounter-bench-'));
  try {
    const path = join(folder, 'kernel');
    const { elf, inflated } = generate();
    writeFileSync(path, elf);
    const costs = Array.from({ length: RUNS }, () => {
      const args = ['--expose-gc', fileURLToPath(import.meta.url), path];
      const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as Cost;
    });
    const median = (pick: (cost: Cost) => number): string => {
      const sorted = costs.map(pick).sort((a, b) => a - b);
      return sorted[(RUNS - 1) / 2]!.toFixed(1);
    };
    const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
    console.log(
      `kernel file ${mib(statSync(path).size)} MiB, CTF inflated ${mib(inflated)} MiB; median of ${RUNS} processes`,
    );
    console.table({
      'open: ELF, symbols, inflate, index of types': { value: median((c) => c.openMs), unit: 'ms' },
      'look up 12 structs and 12 data symbols by name': { value: median((c) => c.lookUpMs), unit: 'ms' },
      'walk all data symbols and resolve their types': { value: median((c) => c.walkMs), unit: 'ms' },
      'resident memory after open and look-ups, beyond the inflated CTF': {
        value: median((c) => c.rssMiB - inflated / 2 ** 20),
        unit: 'MiB',
      },
      'of that on the JavaScript heap': { value: median((c) => c.heapMiB), unit: 'MiB' },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measure(path: string): Cost {
  const collect = globalThis.gc ?? ((): undefined => undefined);
  collect();
  const before = process.memoryUsage();
  const start = performance.now();
  const { types } = openKernelTypes(path, '00'.repeat(20));
  const opened = performance.now();
  let found = 0;
  for (let i = 0; i < 12; i++) {
    const struct = types.findStruct(structName(i * 900));
    if (struct !== undefined) for (const member of leaves(types, struct)) found += member.offset === 0 ? 1 : 0;
    if (types.typeOfObject(objectName(i * 2500)) !== undefined) found++;
  }
  const lookedUp = performance.now();
  collect();
  const after = process.memoryUsage();
  const walking = performance.now();
  for (const object of types.objects()) if (isStruct(types.resolve(object.type))) found++;
  const walked = performance.now();
  return {
    openMs: opened - start,
    lookUpMs: lookedUp - opened,
    walkMs: walked - walking,
    rssMiB: (after.rss - before.rss) / 2 ** 20,
    heapMiB: (after.heapUsed - before.heapUsed) / 2 ** 20,
    found,
  };
}

/** Names of the length that a kernel's have, about 14 characters. */
function structName(index: number): string {
  return `subsys${index % 97}_state${index}`;
}

function objectName(index: number): string {
  return `${index % 5 === 0 ? 'vnet_entry_' : 'sysctl___'}net_inet_obj${index}`;
}

function generate(): { elf: Buffer; inflated: number } {
  const writer = new CtfWriter();
  const u64 = writer.add({ kind: 'integer', name: 'unsigned long', bits: 64 });
  const int = writer.add({ kind: 'integer', name: 'int', bits: 32, signed: true });
  const pointer = writer.add({ kind: 'pointer', target: u64 });
  const counter = writer.add({ kind: 'typedef', name: 'counter_u64_t', target: pointer });
  const structs: TypeId[] = [];
  let types = counter;
  for (let i = 0; i < STRUCTS; i++) {
    const all: MemberDescription[] = Array.from({ length: 4 + (i % 25) }, (_, m) => ({
      name: `s${i % 1499}_member_${m}`,
      type: [u64, counter, int, pointer][(i + m) % 4]!,
      bitOffset: 64 * m,
    }));
    structs.push(writer.add({ kind: 'struct', name: structName(i), size: all.length * 8, members: all }));
    types = writer.add({ kind: 'pointer', target: structs.at(-1)! });
  }
  while (types < TYPES) {
    const target = structs[types % STRUCTS]!;
    types =
      types % 2 === 0
        ? writer.add({ kind: 'typedef', name: `subsys_type${types}_t`, target })
        : writer.add({ kind: 'array', element: target, count: types % 50, index: int });
  }
  const symbols: SymbolDescription[] = [];
  for (let i = 0; i < OBJECTS; i++) {
    const typeId = 1 + ((i * 7919) % types);
    symbols.push({
      name: objectName(i),
      value: 0xffffffff81000000n + BigInt(i * 64),
      size: 64,
      local: i % 2 === 0,
      typeId,
    });
  }
  for (let i = 0; i < OTHER_SYMBOLS; i++) {
    const value = 0xffffffff80200000n + BigInt(i * 128);
    symbols.push({ name: `subsys${i % 97}_function_${i}`, value, size: 128, type: 'function' });
  }
  const objects = dataObjectTypes(symbols);
  const inflated = writer.bytes({ version: 3, compressed: false, objects }).length;
  const ctf = writer.bytes({ version: 3, compressed: true, objects });
  return { elf: writeElf({ symbols, ctf, buildId: '00'.repeat(20), machine: 62 }), inflated };
}
