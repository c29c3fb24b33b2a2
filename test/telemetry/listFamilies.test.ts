import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ListStatus } from '../../src/snapshots/listStatus.js';
import { ListFamilies } from '../../src/telemetry/listFamilies.js';

const interfaces: ListStatus = {
  group: 'interfaces',
  symbol: 'ifnet',
  elements: { published: 8, gone: 1, doubtful: 2, beyond_limit: 3, duplicate: 4, successor: 5 },
};

describe('the metrics of lists', () => {
  it('tell of each what became of its elements, and are the same objects while that stays so', () => {
    const families = new ListFamilies(undefined);
    const told = families.of([interfaces]);
    assert.deepEqual(
      told[0]?.samples.map(({ labels, value }) => [...labels.map((label) => label.value), value]),
      [
        ['interfaces', 'ifnet', 'published', 8],
        ['interfaces', 'ifnet', 'gone', 1],
        ['interfaces', 'ifnet', 'doubtful', 2],
        ['interfaces', 'ifnet', 'beyond_limit', 3],
        ['interfaces', 'ifnet', 'duplicate', 4],
        ['interfaces', 'ifnet', 'successor', 5],
      ],
    );
    assert.equal(families.of([{ ...interfaces }])[0], told[0]);
    const fewer = families.of([{ ...interfaces, elements: { ...interfaces.elements, published: 7 } }]);
    assert.equal(fewer[0]?.samples[0]?.value, 7);
  });

  it('are not there where no list is followed', () => {
    assert.deepEqual(new ListFamilies(undefined).of([]), []);
  });

  it('name the textfile that they are kept in', () => {
    const [family] = new ListFamilies({ textfile: 'k.prom' }).of([interfaces]);
    assert.deepEqual(family?.samples[0]?.labels[0], { name: 'textfile', value: 'k.prom' });
  });
});
