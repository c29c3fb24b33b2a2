/** Good files with random damage: each is read or refused with an error of this folder, and none takes long. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { dataObjectTypes, writeElf } from '../../src/simulator/elfWriter.js';
import { exercise } from './exercise.js';
import { compileObject, skipUnlessCompiled, withShapes } from './foreignTools.js';
import { forms, kernelImage, type CtfForm } from './kernelImage.js';
import { describeShapes } from './shapes.js';

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
  });
});
