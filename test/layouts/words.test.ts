import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countOf, wordsOf } from './words.js';

const words = (header: string, given: Record<string, string> = {}): string =>
  wordsOf(header, 'post', new Map(Object.entries(given))).join(' ');

void test('members of one word each, whatever their type is called', () => {
  assert.equal(
    words(`
      struct post_office { int open; };
      struct	post {
        uint64_t letters;	/* each; with a stamp */
        u_int64_t parcels, cards;
        u_long lost; // never found
        unsigned long   late;
      };`),
    'letters parcels cards lost late',
  );
});

void test('arrays take the sizes that the header defines', () => {
  const header = `
    #define BOXES	(ROWS * COLUMNS)
    #define ROWS	4
    #define COLUMNS	0x10
    #define LAST	40
    struct post {
      uint64_t boxes[BOXES];
      uint64_t kinds[LAST + 1];
      uint64_t _pad[3];
    };`;
  assert.equal(words(header), 'boxes[64] kinds[41] _pad[3]');
  assert.equal(countOf(wordsOf(header, 'post', new Map())), 108);
});

void test('a size from elsewhere has to be given', () => {
  const header = 'struct post { uint64_t kinds[LAST + 1]; };';
  assert.throws(() => words(header), /the value of LAST is not known: give it with -D LAST=…/);
  assert.equal(words(header, { LAST: '7' }), 'kinds[8]');
});

void test('a struct within is laid out under its name', () => {
  assert.equal(
    words(`
      struct lost { uint64_t here; uint64_t there[2]; };
      struct post {
        uint64_t letters;
        struct lost lost;
      #define lost_here lost.here
        uint64_t late;
      };`),
    'letters lost.here lost.there[2] late',
  );
});

void test('the kernel is what looks at the header', () => {
  assert.equal(
    words(
      `
      #ifndef POST_H
      #define POST_H
      #if defined(_KERNEL) && !defined(SMALL)
      struct post {
      #ifdef _KERNEL
        uint64_t in_kernel;
      #else
        uint64_t in_program;
      #endif
      #if LEVEL > 2
        uint64_t high;
      #elif LEVEL >= 1
        uint64_t middle;
      #else
        uint64_t low;
      #endif
      };
      #endif
      #if (LEVEL & (LEVEL - 1)) != 0 || 7 % 4 != 3
      #error no power of two
      #endif
      #endif`,
      { LEVEL: '1' },
    ),
    'in_kernel middle',
  );
});

void test('what is no word is refused, and so is what is not understood', () => {
  assert.throws(
    () => words('struct post { uint64_t a; uint32_t b; };'),
    /post: b is uint32_t, which is no 64-bit word/,
  );
  assert.throws(() => words('struct post { uint64_t *a; };'), /"uint64_t \*a" is not understood/);
  assert.throws(
    () => words('struct lost { uint64_t a; }; struct post { struct lost b[2]; };'),
    /b is an array of structs/,
  );
  assert.throws(() => words('struct post { union { uint64_t a; } b; };'), /there is no struct post/);
  assert.throws(() => words('struct lost { uint64_t a; };'), /there is no struct post/);
});
