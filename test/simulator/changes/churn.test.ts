/** The program that has interfaces and jails come and go: while it runs, sysctl(3) tells of nobody what is another's, and its log what was when. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fingerprint } from '../../../src/simulator/changes/fingerprint.js';
import { firstOf } from '../../support/clients.js';
import { soon } from '../../support/until.js';
import { interfacesOf, jailsOf, vnetsOf, withTypedKernel } from '../typedKernel.js';

const program = fileURLToPath(new URL('../../../src/simulator/changes/churn.js', import.meta.url));

interface Line {
  readonly begin: bigint;
  readonly end: bigint;
  readonly what: string;
}

/** When each interface may have been there: from the begin of its arrival to the end of its departure. */
function livesOf(lines: readonly Line[]): Map<string, { from: bigint; to: bigint; print: string }[]> {
  const lives = new Map<string, { from: bigint; to: bigint; print: string }[]>();
  const open = (name: string, from: bigint, print: string): void => {
    lives.set(name, [...(lives.get(name) ?? []), { from, to: 1n << 62n, print }]);
  };
  for (const { begin, end, what } of lines) {
    const [verb, name = '', to = ''] = what.split(' ');
    if (name === 'jail') continue;
    if (verb === 'add') open(name, begin, name);
    else {
      const last = lives.get(name)!.at(-1)!;
      last.to = end;
      if (verb === 'rename') open(to, begin, last.print);
    }
  }
  return lives;
}

for (const profile of ['amd64-14', 'amd64-12'] as const) {
  describe(`churn on ${profile}`, () => {
    it('is told of truly by sysctl(3), and leaves lists whole', async () => {
      await withTypedKernel(`${profile},cpus=2,spare=12,vnets=2`, async (typed) => {
        const { image, spec, dir } = typed.simulator;
        const log = join(dir, 'churn.log');
        const child = spawn(process.execPath, [program, image.path, JSON.stringify(spec), log], {
          stdio: ['pipe', 'pipe', 'inherit'],
        });
        const exited = once(child, 'exit');
        await firstOf(child.stdout);
        const told: { at: bigint; until: bigint; name: string; counts: bigint[] }[] = [];
        // It writes some hundred changes at once.
        const stop = performance.now() + 1500;
        while (performance.now() < stop || told.length <= 100 || !existsSync(log)) {
          for (let index = 9; index < 24; index++) {
            const at = process.hrtime.bigint();
            const bytes = typed.kernel.sysctls.bytesAt([4, 18, 0, 2, index, 1]);
            const until = process.hrtime.bigint();
            if (bytes === undefined) continue;
            const name = bytes.toString('latin1', 0, 16).replace(/\0.*$/s, '');
            told.push({
              at,
              until,
              name,
              counts: Array.from({ length: 12 }, (_, i) => bytes.readBigUInt64LE(80 + 8 * i)),
            });
          }
          await new Promise((resolve) => setImmediate(resolve));
        }
        child.stdin.end();
        const count = await firstOf(child.stdout);
        assert.deepEqual(await soon(exited, 'its end'), [0, null]);
        assert.ok(Number(count) > 100, count);

        const lines = readFileSync(log, 'utf8')
          .trim()
          .split('\n')
          .map((line): Line => {
            const [begin = '', end = '', ...what] = line.split(' ');
            return { begin: BigInt(begin), end: BigInt(end), what: what.join(' ') };
          });
        const lives = livesOf(lines);
        assert.equal(lines.length, Number(count));
        assert.ok(told.length > 100);
        for (const { at, until, name, counts } of told) {
          const life = lives.get(name)?.find(({ from, to }) => at <= to && until >= from);
          assert.ok(life !== undefined, `${name} was not there`);
          const possible = lives.get(name)!.map(({ print }) => counts.every((sum, i) => sum === fingerprint(print, i)));
          assert.ok(possible.includes(true), `${name} told what is not its own`);
        }

        const left = new Set([...lives].filter(([, all]) => all.at(-1)!.to === 1n << 62n).map(([name]) => name));
        const host = interfacesOf(typed, vnetsOf(typed).at(-1)!);
        assert.deepEqual(new Set(host.slice(8).map(({ name }) => name)), left);
        for (const { vnet, hasVnet } of jailsOf(typed).jails)
          if (hasVnet) assert.equal(interfacesOf(typed, vnet)[0]!.name, 'lo0');
      });
    });
  });
}
