/** Good inputs with random damage: bytes changed, cut, doubled and moved, and words of the format put in. */
import fc from 'fast-check';

type Edit =
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'cut'; readonly at: number; readonly length: number }
  | { readonly kind: 'copy'; readonly at: number; readonly from: number; readonly length: number }
  | { readonly kind: 'insert'; readonly at: number; readonly word: number }
  | { readonly kind: 'replace'; readonly at: number; readonly word: number }
  | { readonly kind: 'end'; readonly at: number }
  | { readonly kind: 'dropLine'; readonly at: number }
  | { readonly kind: 'endLine'; readonly at: number };

/** Places are parts of the length, so that an edit means the same in a text of any length. */
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

function editOf(words: number): fc.Arbitrary<Edit> {
  const word = fc.nat(Math.max(0, words - 1));
  const length = fc.oneof(fc.nat(8), fc.nat(200));
  return fc.oneof(
    fc.record({
      kind: fc.constant('set' as const),
      at: place,
      byte: fc.constantFrom(0, 1, 9, 10, 13, 32, 127, 128, 255),
    }),
    fc.record({ kind: fc.constant('set' as const), at: place, byte: fc.nat(255) }),
    fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
    fc.record({ kind: fc.constant('cut' as const), at: place, length }),
    fc.record({ kind: fc.constant('copy' as const), at: place, from: place, length }),
    ...(words === 0
      ? []
      : [
          fc.record({ kind: fc.constant('insert' as const), at: place, word }),
          fc.record({ kind: fc.constant('replace' as const), at: place, word }),
        ]),
    fc.record({ kind: fc.constant('end' as const), at: place }),
    fc.record({ kind: fc.constantFrom('dropLine' as const, 'endLine' as const), at: place }),
    fc.record({ kind: fc.constantFrom('dropLine' as const, 'endLine' as const), at: place }),
  );
}

/**
 * @param corpus inputs that are good
 * @param words what the format is made of
 */
export function mutated(corpus: readonly Uint8Array[], words: readonly string[] = []): fc.Arbitrary<Buffer> {
  const edits = fc.array(editOf(words.length), { maxLength: 8 });
  return fc
    .tuple(fc.nat(corpus.length - 1), edits)
    .map(([nth, list]) => list.reduce<Buffer>((bytes, edit) => applied(bytes, edit, words), Buffer.from(corpus[nth]!)));
}

function applied(bytes: Buffer, edit: Edit, words: readonly string[]): Buffer {
  if (bytes.length === 0) return bytes;
  const at = Math.floor(edit.at * bytes.length);
  switch (edit.kind) {
    case 'set':
      bytes[at] = edit.byte;
      return bytes;
    case 'flip':
      bytes[at]! ^= 1 << edit.bit;
      return bytes;
    case 'cut':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + edit.length)]);
    case 'copy': {
      const from = Math.floor(edit.from * bytes.length);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + edit.length), bytes.subarray(at)]);
    }
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(words[edit.word]!), bytes.subarray(at)]);
    case 'replace': {
      // The word that is there ends where the next character is none of a word.
      const rest = bytes.subarray(at).toString('latin1');
      const length = /^\w+/.exec(rest)?.[0].length ?? 1;
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(words[edit.word]!), bytes.subarray(at + length)]);
    }
    case 'dropLine': {
      const end = bytes.indexOf(10, at);
      return Buffer.concat([bytes.subarray(0, lineStart(bytes, at)), bytes.subarray(end < 0 ? bytes.length : end + 1)]);
    }
    case 'endLine':
      return bytes.subarray(0, lineStart(bytes, at));
    case 'end':
      return bytes.subarray(0, at);
  }
}

function lineStart(bytes: Buffer, at: number): number {
  return at === 0 ? 0 : bytes.lastIndexOf(10, at - 1) + 1;
}
