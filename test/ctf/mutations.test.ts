/** Good files with random damage: each is read or refused with an error of this folder, and none takes long. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CtfError, ElfError } from '../../src/ctf/errors.js';
import { leaves, members } from '../../src/ctf/members.js';
import { typeText } from '../../src/ctf/typeText.js';
import { isStruct, type CtfStruct } from '../../src/ctf/types.js';
import { dataObjectTypes, writeElf } from '../../src/simulator/elfWriter.js';
import { compileObject, skipUnlessCompiled, withShapes } from './foreignTools.js';
import { forms, kernelImage, type CtfForm } from './kernelImage.js';
import { parseImage } from './parseImage.js';
import { describeShapes } from './shapes.js';

const drain = (fields: Iterable<unknown>): number => [...fields].length;

/** The types of shapes.ts beside the symbols that have them. */
function shapesImage(form: CtfForm): Buffer {
  const { writer, symbolTypes } = describeShapes();
  const symbols = [...symbolTypes].map(([name, typeId]) => ({ name, value: 0xffffffff81000000n, size: 8, typeId }));
  return writeElf({ symbols, ctf: writer.bytes({ ...form, objects: dataObjectTypes(symbols) }), machine: 62 });
}

/** The same types in what a compiler wrote; none where there is no compiler. */
function compiledImages(): Buffer[] {
  const reason = skipUnlessCompiled('objcopy', 'readelf');
  if (reason !== false) {
    console.log(`without compiled files: ${reason}`);
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'kcounter-ctf-'));
  try {
    const object = compileObject(folder);
    return forms.map((form) => readFileSync(withShapes(object, form)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('mutations of good files', () => {
  const seeds = [...forms.flatMap((form) => [kernelImage(form), shapesImage(form)]), ...compiledImages()];

  /** Asks for all that a file has; errors of this folder are fine. */
  function exercise(bytes: Uint8Array): 'read' | 'refused' {
    try {
      const file = parseImage(bytes);
      const structs: CtfStruct[] = [];
      for (let id = 0; id <= Math.min(file.typeCount, 300); id++) {
        tolerant(() => {
          const type = file.type(id);
          typeText(file, type);
          file.sizeOf(type);
          if (isStruct(type)) structs.push(type);
        });
      }
      for (const struct of structs) {
        tolerant(() => drain(leaves(file, struct)));
        tolerant(() => drain(members(file, struct)));
        tolerant(() => file.findStruct(struct.name));
      }
      tolerant(() => drain(file.objects()));
      tolerant(() => file.typeOfObject('vm_cnt'));
      tolerant(() => file.findTypedef('counter_u64_t'));
      return 'read';
    } catch (error) {
      if (error instanceof ElfError || error instanceof CtfError) return 'refused';
      throw error;
    }
  }

  function tolerant(action: () => unknown): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof ElfError || error instanceof CtfError)) throw error;
    }
  }

  it('are read or refused, 6,000 of them, none slow', (context) => {
    // A fixed sequence (mulberry32), so that a failure can be found again.
    let state = 20240731;
    const random = (below: number): number => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
    };
    const extremes = [0, 1, 0x7f, 0x80, 0xff];
    const counts = { read: 0, refused: 0 };
    let slowest = 0;
    for (let round = 0; round < 6000; round++) {
      let bytes = Buffer.from(seeds[round % seeds.length]!);
      for (let change = random(8); change >= 0; change--) {
        const at = random(bytes.length);
        const kind = random(4);
        if (kind === 0) bytes[at] = random(256);
        else if (kind === 1) bytes[at] = extremes[random(extremes.length)]!;
        else if (kind === 2)
          bytes.fill(extremes[random(extremes.length)]!, at, Math.min(at + 1 + random(8), bytes.length));
        else bytes.copy(bytes, at, random(bytes.length), bytes.length);
      }
      if (random(10) === 0) bytes = bytes.subarray(0, random(bytes.length));
      const start = performance.now();
      try {
        counts[exercise(bytes)]++;
      } catch (error) {
        throw new Error(`round ${round}`, { cause: error });
      }
      slowest = Math.max(slowest, performance.now() - start);
    }
    context.diagnostic(`${counts.read} read, ${counts.refused} refused, the slowest in ${slowest.toFixed(0)} ms`);
    assert.ok(counts.read > 500 && counts.refused > 500);
    assert.ok(slowest < 2000, `${slowest} ms`);
  });
});
