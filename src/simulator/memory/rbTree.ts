/**
 * A tree of <sys/tree.h> in the kernel's memory: its elements are moved by rotations, link by link, as the kernel moves them, and what tells a
 * node's colour is in the links. Which shape it has is not the kernel's: it is a treap, whose priorities come of the elements' addresses.
 */
import { offsetOf, type StructType } from '../model/ctypes.js';
import { rbPaths } from '../model/trees.js';
import type { Release } from '../profiles.js';
import type { Words } from './words.js';

/** The low bits of a pointer to a parent, which are no part of it. */
const COLOURS = 3n;

type Side = 'left' | 'right';
const OTHER = { left: 'right', right: 'left' } as const;

export class RbTree {
  private readonly at: Readonly<Record<Side | 'parent', bigint>>;
  /** In 12 a colour is beside the links. */
  private readonly hasBits: boolean;

  /**
   * @param root where the head is
   * @param entry the member by which elements are in this tree
   * @param compare below 0 where the first goes before the second
   */
  constructor(
    private readonly words: Words,
    release: Release,
    element: StructType,
    entry: string,
    private readonly root: bigint,
    private readonly compare: (a: bigint, b: bigint) => number,
  ) {
    const paths = rbPaths(release);
    const offset = (path: string): bigint => BigInt(offsetOf(element, `${entry}.${path}`));
    this.at = { left: offset(paths.left), right: offset(paths.right), parent: offset(paths.parent) };
    this.hasBits = release > 12;
  }

  /** In their order. */
  elements(at = this.words.load(this.root)): bigint[] {
    if (at === 0n) return [];
    return [...this.elements(this.child(at, 'left')), at, ...this.elements(this.child(at, 'right'))];
  }

  insert(element: bigint): void {
    let parent = 0n;
    let link = this.root;
    for (let at = this.words.load(link); at !== 0n; at = this.words.load(link)) {
      parent = at;
      link = at + this.at[this.compare(element, at) < 0 ? 'left' : 'right'];
    }
    this.words.store(element + this.at.left, 0n);
    this.words.store(element + this.at.right, 0n);
    this.setParent(element, parent);
    this.words.store(link, element);
    while ((parent = this.parent(element)) !== 0n && priority(parent) < priority(element)) {
      this.rotate(parent, this.child(parent, 'left') === element ? 'right' : 'left');
    }
  }

  remove(element: bigint): void {
    for (;;) {
      const left = this.child(element, 'left');
      const right = this.child(element, 'right');
      if (left === 0n || right === 0n) {
        const only = left === 0n ? right : left;
        if (only !== 0n) this.setParent(only, this.parent(element));
        this.words.store(this.linkTo(element), only);
        return;
      }
      this.rotate(element, priority(left) > priority(right) ? 'right' : 'left');
    }
  }

  /** `element` goes down to that side, and its child on the other comes up. */
  private rotate(element: bigint, side: Side): void {
    const up = this.child(element, OTHER[side]);
    const moved = this.child(up, side);
    const link = this.linkTo(element);
    this.words.store(element + this.at[OTHER[side]], moved);
    if (moved !== 0n) this.setParent(moved, element);
    this.setParent(up, this.parent(element));
    this.words.store(link, up);
    this.words.store(up + this.at[side], element);
    this.setParent(element, up);
  }

  private linkTo(element: bigint): bigint {
    const parent = this.parent(element);
    if (parent === 0n) return this.root;
    return parent + this.at[this.child(parent, 'left') === element ? 'left' : 'right'];
  }

  private child(element: bigint, side: Side): bigint {
    return this.words.load(element + this.at[side]);
  }

  private parent(element: bigint): bigint {
    const stored = this.words.load(element + this.at.parent);
    return this.hasBits ? stored & ~COLOURS : stored;
  }

  private setParent(element: bigint, parent: bigint): void {
    this.words.store(element + this.at.parent, this.hasBits ? parent | (priority(element + parent) & COLOURS) : parent);
  }
}

function priority(address: bigint): bigint {
  return BigInt.asUintN(64, address * 0x9e37_79b9_7f4a_7c15n) >> 40n;
}
