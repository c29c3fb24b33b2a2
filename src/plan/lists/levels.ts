/** From how elements follow each other on each level, and what is looked at: which bytes a walk reads of each. */
import { WORD_BYTES } from '../../kernel/address.js';
import { ShapeError } from '../shapes.js';
import type { LeadingCondition, LengthMember, Level, ListPlan, Sequence, Slice, Span } from './listPlan.js';

/** Bytes of an element that a walk reads at most: what it looks at must lie near each other. */
const MAX_SPAN = 8192;

type Piece = Pick<Slice, 'offset' | 'size'>;

/**
 * @param sequences the outermost first
 * @param looked what is looked at in an element, and in those above it
 * @param only by level, what an element must hold to be followed any further
 * @param inPieces nothing is read of what lies between
 * @throws ShapeError where that is too far apart
 */
export function levelsOf(
  sequences: readonly Sequence[],
  looked: readonly Slice[],
  only: readonly (readonly LeadingCondition[] | undefined)[] = [],
  inPieces = false,
): readonly Level[] {
  const last = sequences.length - 1;
  return sequences.map((sequence, level) => {
    const inner = sequences[level + 1];
    const own = looked.filter(({ up }) => last - up === level);
    const conditions = only.flatMap((some = [], at) => some.filter(({ up }) => at - up === level));
    const pieces = [...own, ...conditions, ...pointersIn(sequence), ...(inner === undefined ? [] : headIn(inner))];
    const span = spanOf(pieces);
    return { sequence, span: inPieces ? { ...span, pieces: piecesOf(span, pieces) } : span, only: only[level] ?? [] };
  });
}

/** The same plan, whose walks read the pointers at these offsets in each element, too; as it was where that would be too much. */
export function withCells(plan: ListPlan, offsets: readonly number[]): ListPlan {
  const { levels } = plan;
  const last = levels[levels.length - 1];
  if (last === undefined || offsets.length === 0) return plan;
  const { from, length } = last.span;
  const range = rangeOf([...offsets.map(pointer), { offset: from, size: length }]);
  const pieces = last.span.pieces?.map(({ at, length: size }) => ({ offset: from + at, size }));
  const span =
    pieces === undefined ? range : { ...range, pieces: piecesOf(range, [...pieces, ...offsets.map(pointer)]) };
  if (span.length > MAX_SPAN) return plan;
  const cells = offsets.map((offset) => ({ up: 0, ...pointer(offset) }));
  return { ...plan, levels: [...levels.slice(0, -1), { ...last, span }], cells };
}

function spanOf(pieces: readonly Piece[]): Span {
  const span = rangeOf(pieces);
  if (span.length > MAX_SPAN) throw new ShapeError('the members that are looked at lie too far from each other');
  return span;
}

function rangeOf(pieces: readonly Piece[]): Span {
  const present = pieces.filter(({ size }) => size > 0);
  if (present.length === 0) return { from: 0, length: 0 };
  const from = Math.min(...present.map(({ offset }) => offset));
  const to = Math.max(...present.map(({ offset, size }) => offset + size));
  return { from, length: to - from };
}

/** Those that touch each other are one. */
function piecesOf({ from }: Span, pieces: readonly Piece[]): NonNullable<Span['pieces']> {
  const joined: { at: number; length: number }[] = [];
  for (const { offset, size } of [...pieces].sort((a, b) => a.offset - b.offset)) {
    const at = offset - from;
    const last = joined.at(-1);
    if (last !== undefined && at <= last.at + last.length) last.length = Math.max(last.length, at + size - last.at);
    else if (size > 0) joined.push({ at, length: size });
  }
  return joined;
}

/** What leads from an element to others of its level. */
function pointersIn(sequence: Sequence): Piece[] {
  switch (sequence.kind) {
    case 'links':
    case 'table':
      return [pointer(sequence.next)];
    case 'tree':
      return [pointer(sequence.left), pointer(sequence.right)];
    case 'array':
    case 'pointer':
      return [];
  }
}

/** What leads from an element to the first of those that it holds. */
function headIn(sequence: Sequence): Piece[] {
  switch (sequence.kind) {
    case 'links':
      return [pointer(sequence.through ?? sequence.first)];
    case 'tree':
      return [pointer(sequence.root)];
    case 'table':
      return [pointer(sequence.at), lengthPiece(sequence.length)];
    case 'array':
      return [
        ...(sequence.behindPointer ? [pointer(sequence.at)] : []),
        ...(sequence.member === undefined ? [] : [lengthPiece(sequence.member)]),
      ];
    case 'pointer':
      return [pointer(sequence.at)];
  }
}

function pointer(offset: number): Piece {
  return { offset, size: WORD_BYTES };
}

function lengthPiece({ offset, size }: LengthMember): Piece {
  return { offset, size };
}
