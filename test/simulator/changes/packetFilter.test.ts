/** Covers: what pf holds of rules, interfaces and tables, at boot and when rulesets are loaded, as a reader finds it by the types of pf.ko. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openKernelTypes } from '../../../src/ctf/kernelFile.js';
import { leaves } from '../../../src/ctf/members.js';
import type { ObjectTypes } from '../../../src/ctf/types.js';
import { fingerprint } from '../../../src/simulator/changes/fingerprint.js';
import { KernelChanges } from '../../../src/simulator/changes/kernelChanges.js';
import type { PacketFilterChanges } from '../../../src/simulator/changes/packetFilter.js';
import { Simulator } from '../../../src/simulator/simulator.js';
import { parseSimulatorSpec, profileNames, type ProfileName } from '../../../src/simulator/spec.js';
import { join } from 'node:path';

const MAIN = { anchor: '', ruleset: 'filter' } as const;

interface Opened {
  readonly simulator: Simulator;
  readonly types: ObjectTypes;
  readonly pf: PacketFilterChanges;
  /** Where a member is, by what pf.ko tells. */
  readonly offset: (tag: string, path: string) => bigint;
  readonly word: (address: bigint) => bigint;
}

async function withPf(profile: ProfileName, use: (opened: Opened) => void): Promise<void> {
  const simulator = await Simulator.start(parseSimulatorSpec(`${profile},cpus=3,absent=1,rules=40`), {
    workload: 'none',
  });
  try {
    const { image } = simulator;
    image.loadModule('pf');
    const { types } = openKernelTypes(join(simulator.dir, 'boot', 'kernel', 'pf.ko'), undefined);
    const changes = new KernelChanges(image, simulator.spec);
    use({
      simulator,
      types,
      pf: changes.packetFilter,
      offset: (tag, path) => {
        const found = [...leaves(types, types.findStruct(tag)!)].find((field) => field.path === path);
        assert.ok(found !== undefined, `${tag}.${path}`);
        return BigInt(found.offset);
      },
      word: (address) => image.read(address, 8).readBigUInt64LE(),
    });
  } finally {
    await simulator.close();
  }
}

for (const profile of profileNames) {
  const isOld = profile === 'amd64-12';
  const tags = isOld ? { rule: 'pf_rule', anchor: 'pf_anchor' } : { rule: 'pf_krule', anchor: 'pf_kanchor' };

  describe(`pf on ${profile}`, () => {
    it('has rules in nested anchors, of which labels repeat, and lists that lead from one to the next', async () => {
      await withPf(profile, ({ simulator, pf, offset, word }) => {
        const rules = pf.rules();
        assert.equal(rules.length, 40);
        assert.deepEqual(
          [...new Set(rules.map(({ anchor }) => anchor))],
          ['', 'blacklistd/22', 'ftp-proxy', 'relayd/web'],
        );
        assert.equal(rules.filter(({ labels }) => labels[0] === 'ssh').length, 3);
        assert.equal(rules.find(({ labels }) => labels[0] === 'web')?.labels.length, isOld ? 1 : 3);

        // By the types of the file: the queue that the ruleset has in use.
        const main = simulator.image.symbol('pf_main_anchor')!.address;
        assert.equal(pf.filter.mainAnchor, main);
        const link = offset(tags.rule, 'entries.tqe_next');
        const found: bigint[] = [];
        const [scrub] = pf.rulesAt({ anchor: '', ruleset: 'scrub' });
        for (let at = scrub!.address; at !== 0n; at = word(at + link)) found.push(at);
        assert.equal(found.length, 1);
        const nr = offset(tags.rule, 'nr');
        for (const rule of rules) assert.equal(Number(word(rule.address + nr) & 0xffff_ffffn), rule.nr);
        for (const anchor of pf.filter.anchors()) {
          const path = simulator.image.read(anchor + offset(tags.anchor, 'path'), 64).toString('latin1');
          assert.match(path, /^(blacklistd|ftp-proxy|relayd)/);
          assert.equal(word(anchor + offset(tags.anchor, 'ruleset.anchor')), anchor);
        }
      });
    });

    it('loads a ruleset whose rules have other addresses, another ticket and the digests of what they say', async () => {
      await withPf(profile, ({ pf, simulator, offset }) => {
        const before = pf.rulesAt(MAIN);
        const values = (): bigint[][] => pf.rulesAt(MAIN).map(({ address }) => pf.values('rule', address));
        let seen = -1;
        pf.reload(
          MAIN,
          [
            { mark: 'a', labels: ['one', 'two'] },
            { mark: 'b', says: 'the same' },
          ],
          {
            between: () => (seen = pf.rulesAt(MAIN).length),
          },
        );
        assert.equal(seen, 2, 'the rules have changed places before the ticket tells of it');
        const after = pf.rulesAt(MAIN);
        assert.deepEqual(
          after.map(({ nr, labels }) => [nr, labels]),
          [
            [0, isOld ? ['one'] : ['one', 'two']],
            [1, []],
          ],
        );
        assert.ok(after.every(({ address }) => before.every((old) => old.address !== address)));
        assert.deepEqual(
          values()[0]?.slice(0, 7),
          [0, 1, 2, 3, 4, 5, 6].map((column) => fingerprint('a', column)),
        );
        assert.equal(pf.filter.unlinked().length, 0);

        // What was freed last is used first.
        pf.reload(MAIN, [{ mark: 'c', says: 'the same' }], { keepsCounters: true });
        const [only] = pf.rulesAt(MAIN);
        assert.ok(before.some(({ address }) => address === only!.address));
        const kept = isOld ? fingerprint('c', 1) : fingerprint('c', 1) + fingerprint('b', 1);
        assert.equal(values()[0]?.[1], kept);
        if (!isOld) {
          const digest = (address: bigint): string =>
            simulator.image.read(address + offset(tags.rule, 'md5sum'), 16).toString('hex');
          assert.notEqual(digest(only!.address), '0'.repeat(32));
        }
        pf.zero(only!);
        assert.deepEqual(values()[0]?.slice(0, 5), [0n, 0n, 0n, 0n, 0n]);
      });
    });

    it('numbers rules anew where one comes or goes, and has anchors for as long as they have rules', async () => {
      await withPf(profile, ({ pf }) => {
        const place = { anchor: 'load/inner', ruleset: 'rdr' } as const;
        pf.reload(place, [{ mark: 'x' }, { mark: 'y' }]);
        pf.insert(place, 1, { mark: 'z' });
        const marks = (): bigint[] => pf.rulesAt(place).map(({ address }) => pf.values('rule', address)[0]!);
        assert.deepEqual(
          marks(),
          ['x', 'z', 'y'].map((mark) => fingerprint(mark, 0)),
        );
        pf.remove(place, 0);
        assert.deepEqual(
          marks(),
          ['z', 'y'].map((mark) => fingerprint(mark, 0)),
        );
        assert.deepEqual(
          pf.rulesAt(place).map(({ nr }) => nr),
          [0, 1],
        );
        assert.equal(pf.filter.anchors().length, 7);
        pf.reload(place, []);
        assert.equal(pf.filter.anchors().length, 5);
      });
    });

    it('has trees of interfaces and tables, whose counters begin at what they had when they were set to zero', async () => {
      await withPf(profile, ({ pf }) => {
        const names = (): string[] => pf.interfaces().map(({ name }) => name);
        const before = names();
        assert.deepEqual(before, [...before].sort());
        for (let nth = 0; nth < 20; nth++) pf.addInterface(`tap${nth}`);
        assert.equal(names().length, before.length + 20);
        for (let nth = 0; nth < 20; nth += 2) pf.removeInterface(`tap${nth}`);
        const left = [...before, ...Array.from({ length: 10 }, (_, nth) => `tap${2 * nth + 1}`)];
        assert.deepEqual(names(), left.sort());
        const one = pf.interfaces().find(({ name }) => name === 'tap3')!;
        assert.deepEqual(
          pf.values('interface', one.address),
          Array.from({ length: 16 }, (_, column) => fingerprint('tap3', column)),
        );

        pf.addTable('guests', 'relayd');
        const table = pf.tables().find(({ name }) => name === 'guests')!;
        assert.equal(pf.values('table', table.address)[12], fingerprint('relayd/guests', 12));
        pf.zeroTable('guests', 'relayd');
        assert.deepEqual(pf.values('table', table.address), Array<bigint>(14).fill(0n));
        pf.removeTable('guests', 'relayd');
        assert.ok(pf.tables().every(({ name }) => name !== 'guests'));
      });
    });
  });
}
