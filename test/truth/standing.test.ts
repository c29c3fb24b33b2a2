import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Outcome } from '../../src/truth/prover.js';
import { Standing } from '../../src/truth/standing.js';

/** `+` agrees, `-` disagrees with who is known, `~` with who is not, `?` is undecided. */
function after(findings: string): Standing {
  const standing = new Standing(0);
  const outcomes: Readonly<Record<string, Outcome>> = { '+': 'agrees', '?': 'undecided' };
  for (let index = 0; index < findings.length; index++) {
    const finding = findings.charAt(index);
    const outcome = outcomes[finding] ?? 'disagrees';
    standing.note(outcome, outcome === 'disagrees' ? `disagrees (${finding})` : '', finding === '-', index + 1);
  }
  return standing;
}

const verdicts = (...all: string[]): string[] => all.map((findings) => after(findings).verdict);

describe('Standing', () => {
  it('withdraws after three disagreements in a row, and not before', () => {
    assert.deepEqual(verdicts('', '-', '--', '---', '--+--', '-+-+-+-'), [
      'good',
      'suspect',
      'suspect',
      'withdrawn',
      'suspect',
      'suspect',
    ]);
  });

  it('takes no notice of what is undecided', () => {
    assert.deepEqual(verdicts('-?-', '-?-??-', '---?+?+?', '---?+?+?+'), ['suspect', 'withdrawn', 'withdrawn', 'good']);
  });

  it('lets a counter come back after three agreements in a row', () => {
    assert.deepEqual(verdicts('---+', '---++', '---+++', '---++-++', '---++-+++'), [
      'withdrawn',
      'withdrawn',
      'good',
      'withdrawn',
      'good',
    ]);
    assert.equal(after('---+++').reason, '');
  });

  it('only doubts where it disagrees with what may tell something else', () => {
    assert.deepEqual(verdicts('~~', '~~~', '~~~~~~~', '~~~++', '~~~+++', '--~', '~~~---', '~~~--'), [
      'suspect',
      'doubted',
      'doubted',
      'doubted',
      'good',
      'doubted',
      'withdrawn',
      'doubted',
    ]);
  });

  it('is pending while the next finding matters', () => {
    const pending = (findings: string): boolean => after(findings).isPending;
    assert.deepEqual(['', '+', '-', '--', '---', '---+', '---++', '---+-', '~~~', '~~~+'].map(pending), [
      false,
      false,
      true,
      true,
      false,
      true,
      true,
      false,
      false,
      true,
    ]);
  });

  it('was proven when it last agreed', () => {
    assert.equal(after('').provenAt, 0);
    assert.equal(after('+?').provenAt, 1);
    assert.equal(after('+-+-').provenAt, 3);
  });

  it('is established by three values that were told alike and were not 0', () => {
    const established = (...told: bigint[]): boolean => {
      const standing = new Standing(0);
      for (const value of told) standing.agreedWith(value);
      return standing.isEstablished;
    };
    assert.equal(established(0n, 0n, 0n, 0n), false);
    assert.equal(established(7n, 7n, 7n, 7n), false);
    assert.equal(established(7n, 8n), false);
    assert.equal(established(7n, 8n, 9n), true);
  });
});
