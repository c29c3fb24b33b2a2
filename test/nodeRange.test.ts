/** Covers: nodeRange.ts, and that what tells of versions of Node.js elsewhere tells what package.json does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { isInRange, rangeText } from '../src/nodeRange.js';
import { packageRoot } from '../src/packageRoot.js';
import { engines } from './support/engines.js';

describe('isInRange', () => {
  const cases: readonly [version: string, range: string, expected: boolean][] = [
    ['20.19.0', '^20.19.0', true],
    ['20.20.2', '^20.19.0', true],
    ['20.18.9', '^20.19.0', false],
    ['21.0.0', '^20.19.0', false],
    ['9.99.99', '>=10.0.0', false],
    ['100.0.0', '>=22.2.1', true],
    ['22.2.1', '>=22.2.1', true],
    ['22.2.0', '>=22.2.1', false],
    ['22.10.0', '>=22.2.1', true],
    ['21.9.9', '^20.19.0 || >=22.2.0', false],
    ['20.19.5', '^20.19.0 || >=22.2.0', true],
    ['24.0.0-nightly20250101', '^20.19.0 || >=22.2.0', true],
  ];
  for (const [version, range, expected] of cases) {
    it(`says ${expected ? 'yes' : 'no'} to ${version} in ${range}`, () => {
      assert.equal(isInRange(version, range), expected);
    });
  }

  it('refuses a range that it cannot read', () => {
    for (const range of ['20', '~20.19.0', '>=20', '^20.19.0 ||']) {
      assert.throws(() => isInRange('20.19.0', range), /is no range of versions/, range);
    }
  });
});

describe('package.json', () => {
  it('has a range that is told in words', () => {
    assert.equal(rangeText(engines), '20.19 or a later 20, or 22.2 or later');
  });

  it('has what runs this, and what CI runs', () => {
    assert.ok(isInRange(process.versions.node, engines));
    const workflow = parse(readFileSync(join(packageRoot, '.github/workflows/ci.yml'), 'utf8')) as {
      jobs: { linux: { strategy: { matrix: { node: string[] } } } };
    };
    const { node } = workflow.jobs.linux.strategy.matrix;
    assert.deepEqual(node, ['20.19', '22', '24', 'current']);
  });
});
