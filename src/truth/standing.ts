/** What is thought of one counter by what was found of it lately. */
import type { Outcome } from './prover.js';

/**
 * `good`: nothing speaks against it. `suspect`: it disagreed, and is proven again with each read until that is decided. `withdrawn`: it is
 * not published. `doubted`: it disagrees with a sysctl of which it is not known, on this release, that it tells the same counter: it is
 * published, with a warning.
 */
export type Verdict = 'good' | 'suspect' | 'withdrawn' | 'doubted';

/** Findings in a row that decide. */
export const DECISIVE = 3;

/** Different values, none of them 0, of which a sysctl must have told the same as the counter for it to be known to tell it on this kernel. */
const ESTABLISHED = 3;

export class Standing {
  verdict: Verdict = 'good';
  /** Who it disagrees with, in words; empty where it is good. */
  reason = '';
  /** Milliseconds of a clock that is never set: when all agreed last, or since when it is known. */
  provenAt: number;
  /** Findings in a row. */
  private agreements = 0;
  private disagreements = 0;
  /** Those of the disagreements in a row that were with who is known to tell the same counter. */
  private trusted = 0;
  private lastTold: bigint | undefined;
  private differentTold = 0;

  constructor(now: number) {
    this.provenAt = now;
  }

  /** True where its sysctl was seen to tell the same on this kernel, at rest or not. */
  get isEstablished(): boolean {
    return this.differentTold >= ESTABLISHED;
  }

  /** True where the next findings decide: they are wanted soon. */
  get isPending(): boolean {
    return this.verdict === 'suspect' || (this.verdict !== 'good' && this.agreements > 0);
  }

  /** Its sysctl told this, and agreed. */
  agreedWith(told: bigint): void {
    if (told === 0n || told === this.lastTold || this.isEstablished) return;
    this.lastTold = told;
    this.differentTold++;
  }

  /**
   * Takes note of what one proof found. True where the verdict is another one than before.
   * @param reason who it disagrees with
   * @param isTrusted true where what it disagrees with is known to tell the same counter on this kernel
   */
  note(outcome: Outcome, reason: string, isTrusted: boolean, now: number): boolean {
    const before = this.verdict;
    if (outcome === 'agrees') this.agrees(now);
    else if (outcome === 'disagrees') this.disagrees(reason, isTrusted);
    return this.verdict !== before;
  }

  private agrees(now: number): void {
    this.provenAt = now;
    this.agreements++;
    this.disagreements = 0;
    this.trusted = 0;
    if ((this.verdict === 'withdrawn' || this.verdict === 'doubted') && this.agreements < DECISIVE) return;
    this.verdict = 'good';
    this.reason = '';
  }

  private disagrees(reason: string, isTrusted: boolean): void {
    this.reason = reason;
    this.agreements = 0;
    this.disagreements++;
    this.trusted = isTrusted ? this.trusted + 1 : 0;
    if (this.verdict === 'withdrawn') return;
    if (this.trusted >= DECISIVE) this.verdict = 'withdrawn';
    else if (this.disagreements >= DECISIVE && !isTrusted) this.verdict = 'doubted';
    else if (this.verdict === 'good') this.verdict = 'suspect';
  }
}
