import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readText, textIn } from '../../src/kernel/texts.js';
import { SmallMemory } from '../support/smallMemory.js';

const PAGE = 0xffff_fe00_2000_0000n;

function readAt(address: bigint, bytes: Uint8Array | string): string | undefined {
  const memory = new SmallMemory();
  memory.map(PAGE);
  memory.write(address, Buffer.from(bytes));
  return readText(memory, address)?.text;
}

describe('readText', () => {
  it('reads up to the NUL, wherever the text begins', () => {
    for (let offset = 0n; offset < 130n; offset++) assert.equal(readAt(PAGE + offset, 'em0\0rest'), 'em0');
    assert.equal(readAt(PAGE, '\0rest'), '');
    const long = 'x'.repeat(200);
    assert.equal(readAt(PAGE + 61n, `${long}\0`), long);
  });

  it('reads a text that ends with its page, and never into the next one', () => {
    assert.equal(readAt(PAGE + 4096n - 4n, 'em0\0'), 'em0');
    const memory = new SmallMemory();
    memory.map(PAGE);
    memory.before = (address, length) => {
      assert.equal(address / 4096n, (address + BigInt(length) - 1n) / 4096n);
    };
    memory.write(PAGE + 4090n, Buffer.from('without'.slice(0, 6)));
    assert.equal(readText(memory, PAGE + 4090n), undefined, 'its end is in a page that is not there');
    memory.map(PAGE + 4096n);
    memory.before = undefined;
    memory.write(PAGE + 4096n, Buffer.from(' end\0'));
    assert.equal(readText(memory, PAGE + 4090n)?.text, 'withou end');
  });

  it('gives what is known where nothing changed, and only there', () => {
    const memory = new SmallMemory();
    memory.map(PAGE);
    memory.write(PAGE, Buffer.from('em0\0'));
    const known = readText(memory, PAGE);
    assert.equal(readText(memory, PAGE, known), known);
    for (const other of ['em1\0', 'em\0', 'em01\0']) {
      memory.write(PAGE, Buffer.from(other));
      assert.equal(readText(memory, PAGE, known)?.text, other.slice(0, -1));
    }
  });

  it('takes what has no end for no text', () => {
    assert.equal(readAt(PAGE, 'x'.repeat(4096)), undefined);
    assert.equal(readAt(PAGE, `${'x'.repeat(400)}\0`), undefined);
  });

  it('follows no pointer that leads out of the kernel, or to its very end', () => {
    const memory = new SmallMemory();
    for (const pointer of [0n, 8n, 0x7fff_ffff_f000n, 0xdead_c0de_dead_c0den]) {
      assert.equal(readText(memory, pointer), undefined);
    }
    memory.map(0xffff_ffff_ffff_f000n);
    memory.write(0xffff_ffff_ffff_fffen, Buffer.from('xx'));
    assert.equal(readText(memory, 0xffff_ffff_ffff_fffen), undefined);
  });

  it('throws what is no fault of the kernel', () => {
    const memory = new SmallMemory();
    memory.before = () => {
      throw new TypeError('another');
    };
    assert.throws(() => readText(memory, PAGE), TypeError);
  });
});

describe('textIn', () => {
  it('takes an array up to its NUL, or all of it', () => {
    assert.equal(textIn(Buffer.from('em0\0\0\0')), 'em0');
    assert.equal(textIn(Buffer.from('em0')), 'em0');
    assert.equal(textIn(Buffer.alloc(16)), '');
    assert.equal(textIn(Buffer.alloc(0)), '');
  });

  it('keeps UTF-8, and writes bytes that are none, or cannot be printed, as numbers', () => {
    assert.equal(textIn(Buffer.from('Büro ☃ 𝄞')), 'Büro ☃ 𝄞');
    assert.equal(textIn(Buffer.from([0x61, 0xff, 0xc3])), 'a\\xff\\xc3');
    assert.equal(textIn(Buffer.from([0xed, 0xa0, 0x80])), '\\xed\\xa0\\x80', 'half of a pair');
    assert.equal(textIn(Buffer.from('a\nb\tc\x7f"')), 'a\\x0ab\\x09c\\x7f"');
    assert.equal(textIn(Buffer.from('a\u0085b\u2028c')), 'a\\xc2\\x85b\\xe2\\x80\\xa8c', 'line breaks of Unicode');
    assert.equal(textIn(Buffer.from([0xff, 0x0a])), '\\xff\\x0a');
    assert.equal(textIn(Buffer.from('C:\\dir')), 'C:\\dir');
  });

  it('makes no two texts of different bytes the same', () => {
    assert.notEqual(textIn(Buffer.from('\\x01')), textIn(Buffer.from([1])));
    const pieces = ['\\', 'x', '5c', '01', '\u0001', '\u00c3', 'ÿ'];
    const raw = [Buffer.from([0xff]), Buffer.from([0x5c]), Buffer.from([0xc3])];
    const parts = [...pieces.map((piece) => Buffer.from(piece)), ...raw];
    const seen = new Map<string, string>();
    const visit = (bytes: Buffer, depth: number): void => {
      const key = bytes.toString('hex');
      const text = textIn(bytes);
      assert.equal(seen.get(text) ?? key, key, text);
      seen.set(text, key);
      if (depth > 0) for (const part of parts) visit(Buffer.concat([bytes, part]), depth - 1);
    };
    visit(Buffer.alloc(0), 4);
  });
});
