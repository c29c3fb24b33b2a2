import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Course, PROVE_WITHIN } from '../../src/truth/course.js';
import { Simulated } from '../support/simulated.js';

const TWO_32 = 0x1_0000_0000;

/** A course over the counters of a config, and words in which all are 0. */
async function withCourse(
  spec: string,
  yaml: string,
  act: (course: Course, words: Uint32Array) => void,
  libkvmAgrees = true,
): Promise<void> {
  const simulated = await Simulated.open(spec, yaml);
  try {
    const { layout, words } = await simulated.scraper.read();
    act(new Course(simulated.kernel, layout, libkvmAgrees), new Uint32Array(words.length));
  } finally {
    await simulated.close();
  }
}

describe('Course', () => {
  it('keeps together what one sysctl tells, and takes few of the others at a time', async () => {
    await withCourse('amd64-14,cpus=2', 'packs: [{pack: tcp, cpu: sum}, namecache]', ({ groups, subjects }) => {
      const sizes = groups.map((group) => group.subjects.length);
      assert.equal(
        sizes.reduce((sum, size) => sum + size, 0),
        subjects.length,
      );
      for (const sysctl of ['net.inet.tcp.stats', 'net.inet.tcp.states']) {
        const with_ = groups.filter((group) => group.subjects.some(({ told }) => told?.sysctl === sysctl));
        assert.equal(with_.length, 1, sysctl);
      }
    });
    await withCourse('amd64-14,cpus=2,counters=200', MADE_UP, ({ groups, few }) => {
      assert.ok(groups.every((group) => group.subjects.length <= few));
      assert.equal(groups.length, Math.ceil(200 / few));
    });
  });

  it('asks libkvm for fewer at a time where there are more CPUs', async () => {
    await withCourse('amd64-14,cpus=2', MADE_UP, ({ few }) => {
      assert.equal(few, 32);
    });
    await withCourse('amd64-14,cpus=256', MADE_UP, ({ few }) => {
      assert.equal(few, 8);
    });
  });

  it('leaves out what nobody tells, and says how many these are', async () => {
    const yaml = 'counters: [{symbol: sim_rest}, {symbol: dothits}]\nzpcpu: [{symbol: sim_zpcpu, fields: [bytes]}]';
    const names = (course: Course): string[] => course.subjects.map(({ counter }) => counter);
    await withCourse('amd64-14,cpus=2', yaml, (course) => {
      assert.deepEqual([names(course), course.unprovable], [['sim_rest', 'dothits'], 0]);
    });
    await withCourse(
      'arm64-14,cpus=2',
      yaml,
      (course) => {
        assert.deepEqual([names(course), course.unprovable], [['dothits'], 1]);
      },
      false,
    );
  });

  it('takes all in turn, what counts more often, and nobody beyond his time', async () => {
    await withCourse('amd64-14,cpus=2,counters=100', MADE_UP, (course, words) => {
      const busy = course.groups[1]!;
      const turns = new Map(course.groups.map((group) => [group, 0]));
      const oldest: number[] = [];
      // A second a proof; one group counts a lot.
      for (let now = 0; now < 3_600_000; now += 1000) {
        const { row } = busy.subjects[0]!;
        words[row * 2 * (words.length / (2 * course.subjects.length))] = Math.floor((now * 10_000) % TWO_32);
        const group = course.next(words, now)!;
        if (now > 10_000) oldest.push(Math.max(...course.groups.map(({ provenAt }) => now - provenAt)));
        course.proven(group, words, now);
        turns.set(group, turns.get(group)! + 1);
      }
      const others = course.groups.filter((group) => group !== busy).map((group) => turns.get(group)!);
      assert.ok(turns.get(busy)! > 2 * Math.max(...others), `${turns.get(busy)} ${others.join()}`);
      assert.ok(Math.max(...oldest) < PROVE_WITHIN);
    });
    await withCourse('amd64-14,cpus=2,counters=100', MADE_UP, (course, words) => {
      const busy = course.groups[1]!;
      // Too few proofs for all to be in time: then it goes by age alone.
      const taken: number[] = [];
      for (let now = 0; now < 100 * PROVE_WITHIN; now += PROVE_WITHIN) {
        words[busy.subjects[0]!.row * 2] = Math.floor((now * 10) % TWO_32);
        const group = course.next(words, now)!;
        course.proven(group, words, now);
        taken.push(course.groups.indexOf(group));
      }
      for (const group of course.groups.keys()) {
        assert.ok(taken.filter((one) => one === group).length >= Math.floor(100 / course.groups.length), `${group}`);
      }
    });
  });

  it('goes on where another one of the same layout was', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=2,counters=100', MADE_UP);
    try {
      const { layout, words } = await simulated.scraper.read();
      const [before, after] = [1, 2].map(() => new Course(simulated.kernel, layout, true)) as [Course, Course];
      before.proven(before.next(words, 5)!, words, 5);
      before.proven(before.next(words, 6)!, words, 6);
      after.resume(before);
      assert.deepEqual(
        after.groups.map(({ provenAt, turn }) => [provenAt, turn]),
        before.groups.map(({ provenAt, turn }) => [provenAt, turn]),
      );
      assert.equal(after.next(words, 7), after.groups[2]);
    } finally {
      await simulated.close();
    }
  });
});

const MADE_UP = `counters: [${Array.from({ length: 200 }, (_, index) => `{symbol: sim_counter_${index}, optional: true}`).join(', ')}]`;
