/**
 * Says what is wrong with an accepted layout, and whether anything on that kernel could have told: by the simulator's own types and by what
 * its memory holds. It shares nothing with src/layouts.
 */
import type { StructLayout } from '../../../src/layouts/structLayout.js';
import type { BasedShape } from '../../../src/plan/symbolShape.js';
import { nameOf, PADDING } from './truth.js';
import type { StillKernel } from './stillKernel.js';
import type { Subject } from './world.js';

/** What could have told that a layout is wrong. */
export type Teller = 'the size' | 'the release' | 'a sysctl of that name' | 'padding that counts';

/** What was published under the wrong name. */
export interface WrongName {
  readonly name: string;
  readonly offset: number;
  /** What is there; undefined where nothing begins there. */
  readonly truth: string | undefined;
}

export type Verdict =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong'; readonly first: WrongName; readonly teller: Teller }
  | { readonly kind: 'wrong'; readonly first: WrongName; readonly teller: undefined; readonly why: string };

/** What the data said for the symbol when its layout was accepted. */
export interface Given {
  /** True where it has the kernel's true layout, and says that this release has it. */
  readonly hasTruth: boolean;
  /** True where some layout in it is said to be this release's. */
  readonly claimsRelease: boolean;
}

/** True where a layout is said to be this kernel's, right or wrong. */
export function claims(
  layout: Pick<StructLayout, 'releases' | 'arch'>,
  { osreldate, machineArch }: StillKernel['facts'],
): boolean {
  const [first, last] = layout.releases;
  return first <= osreldate && osreldate <= last && (layout.arch ?? machineArch) === machineArch;
}

interface Claim {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

export function judge(kernel: StillKernel, subject: Subject, { shape, basis }: BasedShape, given: Given): Verdict {
  const all = claimsOf(subject, shape);
  const wrong = all.filter((claim) => !isRight(subject, claim));
  const [first] = wrong;
  if (first === undefined) return { kind: 'right' };
  const found = { name: first.name, offset: first.offset, truth: subject.truth.values.get(first.offset)?.name };
  const { size } = subject.truth;
  const claimed = shape.kind === 'struct' ? shape.size : size;
  const isOutside = claimed !== size || all.some((claim) => claim.offset + claim.size > size);
  const told = (teller: Teller): Verdict => ({ kind: 'wrong', first: found, teller });
  if (isOutside) return told('the size');
  if (given.hasTruth || (basis.proof === 'size' && !given.claimsRelease)) return told('the release');
  if (wrong.some((claim) => namesake(kernel, subject, claim) === 'differs')) return told('a sysctl of that name');
  if (wrong.some(({ name, offset }) => name === PADDING && (subject.sums.get(offset) ?? 0n) !== 0n)) {
    return told('padding that counts');
  }
  return { kind: 'wrong', first: found, teller: undefined, why: whyUntold(kernel, subject, wrong, basis.proof, given) };
}

function whyUntold(
  kernel: StillKernel,
  subject: Subject,
  wrong: readonly Claim[],
  proof: BasedShape['basis']['proof'],
  { claimsRelease }: Given,
): string {
  const isCounter = ({ offset }: Claim): boolean => subject.truth.values.get(offset)?.isCounter === true;
  if (subject.sums.size > 0 && !wrong.some(isCounter)) {
    return 'where no counter is, the cell looks like one that is not allocated yet: nothing is read';
  }
  const release = claimsRelease
    ? 'the data say that this release has this layout'
    : 'no layout is known for this release';
  if (proof === 'words') return `its sysctl tells the words, not their names; ${release}`;
  if (proof === 'size') return `no sysctl tells it; ${release}`;
  return wrong.some((claim) => namesake(kernel, subject, claim) === 'agrees')
    ? 'the counter holds just what the sysctl of that name says'
    : 'other sysctls agree; none has that name, or it does not tell the counter';
}

function claimsOf({ truth, entry }: Subject, shape: BasedShape['shape']): Claim[] {
  if (shape.kind === 'value') return [{ name: '', offset: shape.member.offset, size: truth.size }];
  return shape.members.flatMap(({ path, offset, count, stride, format }) =>
    Array.from({ length: count ?? 1 }, (_, index) => ({
      name: nameOf(path, count === undefined ? undefined : index),
      offset: offset + index * stride,
      size: entry.kind === 'counters' ? 8 : Math.min(stride, sizes[format ?? ''] ?? stride),
    })),
  );
}

/** Bytes of a value in an array of structs, whose stride is that of the structs. */
const sizes: Readonly<Record<string, number>> = {
  u64: 8,
  i64: 8,
  ptr: 8,
  u32: 4,
  i32: 4,
  u16: 2,
  i16: 2,
  u8: 1,
  i8: 1,
};

function isRight({ truth, entry }: Subject, { name, offset, size }: Claim): boolean {
  const value = truth.values.get(offset);
  if (value === undefined) return false;
  // The first word of an array may be two halves that are no statistics: padding, as far as counters go.
  if (name === PADDING && value.size < size) return true;
  return value.name === name && (entry.kind === 'counters' ? value.isCounter : value.size === size);
}

/**
 * What the sysctl with a counter's claimed name has to say about what is at its claimed place; undefined where there is none, or where it does
 * not tell the counter of its name either (vm.stats.vm.v_pdpages).
 */
function namesake(
  kernel: StillKernel,
  { truth, entry, sums }: Subject,
  claim: Claim,
): 'agrees' | 'differs' | undefined {
  if (entry.symbol !== 'vm_cnt') return undefined;
  const sysctl = [`vm.stats.sys.${claim.name}`, `vm.stats.vm.${claim.name}`].find((name) => kernel.truth(name));
  if (sysctl === undefined) return undefined;
  const own = [...truth.values].find(([, { name, isCounter }]) => isCounter && name === claim.name);
  const agree = (told: Buffer | undefined, sum: bigint | undefined): boolean | undefined => {
    if (told === undefined || sum === undefined || (told.length !== 4 && told.length < 8)) return undefined;
    return told.length === 4 ? BigInt(told.readUInt32LE()) === BigInt.asUintN(32, sum) : told.readBigUInt64LE() === sum;
  };
  if (own === undefined || agree(kernel.truth(sysctl), sums.get(own[0])) !== true) return undefined;
  const isSo = agree(kernel.sysctls.bytes(sysctl), sums.get(claim.offset));
  return isSo === undefined ? undefined : isSo ? 'agrees' : 'differs';
}
