/** The list `pcpu`: what its entries become, and what is said of bad ones. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorsOf, load, loadTyped } from '../files.js';

const HEAD = 'version: 1\n';

describe('an entry of pcpu', () => {
  it('goes by names, and is known as pcpu', () => {
    const [entry] = loadTyped(
      `${HEAD}pcpu: [{cpu: per_cpu, fields: [{name: pc_cp_time, type: counter, label: mode, names: [user, nice]}]}]`,
    );
    assert.deepEqual([entry!.kind, entry!.symbol, entry!.struct, entry!.optional], ['pcpu', 'pcpu', undefined, false]);
    const [rule] = entry!.members!;
    assert.deepEqual(
      [rule!.pattern, rule!.cpu, rule!.label, rule!.names!.get(1)],
      ['pc_cp_time', 'per_cpu', 'mode', 'nice'],
    );
    assert.equal(loadTyped(`${HEAD}pcpu: [{type: gauge}]`)[0]!.members, undefined, 'all of it');
  });

  it('goes by offsets, of which the last tells how much is read', () => {
    const [entry] = load(
      `${HEAD}pcpu: [{size: 512, fields: [{offset: 80, format: u64, metric: a, help: h}, {offset: 60, format: u32, metric: b, help: h}]}]`,
    ).entries;
    assert.deepEqual(
      [entry!.kind, entry!.symbol, entry!.symbolSize, entry!.itemSize, entry!.optional],
      ['pcpu', 'pcpu', 512, 88, false],
    );
    assert.deepEqual(
      entry!.fields.map(({ cellOffset, offset, format }) => [cellOffset, offset, format]),
      [
        [0, 80, 'u64'],
        [0, 60, 'u32'],
      ],
    );
  });

  it('names no symbol, struct or size beyond a page, and no value outside of its size', () => {
    const field = '{offset: 80, format: u64, metric: a, help: h}';
    for (const [entry, error] of [
      ['symbol: x, fields: [a]', 'a.yaml:2:9: pcpu[0].symbol: unknown key'],
      ['struct: pcpu, fields: [a]', 'a.yaml:2:9: pcpu[0].struct: unknown key'],
      ['optional: true, fields: [a]', 'a.yaml:2:9: pcpu[0].optional: unknown key'],
      [
        `size: 8192, fields: [${field}]`,
        'a.yaml:2:15: pcpu[0].size: found the number 8192, expected a whole number from 1 to 4096',
      ],
      [`fields: [${field}]`, 'a.yaml:2:8: pcpu[0].size: is missing, expected a whole number from 1 to 4096'],
      [
        `size: 84, fields: [${field}]`,
        'a.yaml:2:37: pcpu[0].fields[0].offset: found bytes 80 to 87, expected them within the 84 bytes of `size`',
      ],
    ] as const) {
      assert.deepEqual(errorsOf(`${HEAD}pcpu: [{${entry}}]`), [error], entry);
    }
  });
});
