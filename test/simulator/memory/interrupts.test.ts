/** The table of interrupts: its names and counts are those of the sources, and the sysctls', on every simulated kernel. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isStruct } from '../../../src/ctf/types.js';
import { fullName } from '../../../src/simulator/memory/interruptTable.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { settled, until } from '../../support/until.js';
import { withLookout, type Lookout } from '../lookout.js';

interface Slot {
  readonly name: string;
  readonly count: bigint;
}

function table(look: Lookout): Slot[] {
  const isArm = look.image.symbol('pcpu0') !== undefined;
  const size = isArm ? 39 : 20;
  const count = Number(look.word(look.symbol('sintrcnt'))) / 8;
  assert.equal(Number(look.word(look.symbol('sintrnames'))), size * count);
  const read = (): Buffer => look.bytes(look.word(look.symbol('intrcnt')), 8 * count);
  const counts = read();
  const names = look.bytes(look.word(look.symbol('intrnames')), size * count);
  // The workload may go on meanwhile.
  const told = look.sysctl('hw.intrcnt');
  const after = read();
  assert.equal(told.length, counts.length);
  for (let at = 0; at < 8 * count; at += 8) {
    const [low, value, high] = [counts, told, after].map((words) => words.readBigUInt64LE(at)) as [
      bigint,
      bigint,
      bigint,
    ];
    assert.ok(low <= value && value <= high, `counter ${at / 8}: ${low} ${value} ${high}`);
  }
  assert.deepEqual(look.sysctl('hw.intrnames'), names);
  return Array.from({ length: count }, (_, nth) => {
    const name = names.subarray(size * nth, size * (nth + 1));
    assert.equal(name.at(-1), 0);
    const text = name.toString('latin1', 0, name.indexOf(0));
    assert.ok(text === '' || text.length === size - 1, 'filled up with blanks');
    return { name: text.trimEnd(), count: counts.readBigUInt64LE(8 * nth) };
  });
}

for (const profile of profileNames) {
  const isArm = profile.startsWith('arm64');
  describe(profile, () => {
    it('has sources whose events name the counters', async () => {
      await withLookout(`${profile},cpus=8`, (look) => {
        const slots = table(look);
        assert.equal(look.kernel.symbols.lookUp('nintrcnt') !== undefined, profile !== 'arm64-14');
        if (profile !== 'arm64-14') assert.equal(look.int(look.symbol('nintrcnt')), slots.length);
        const tag = isArm ? 'intr_irqsrc' : 'intsrc';
        const prefix = isArm ? 'isrc' : 'is';
        const head = isArm ? 'irq_sources' : 'interrupt_sources';
        const sources = look.word(look.symbol(head));
        const most = look.int(look.symbol(isArm ? 'intr_nirq' : 'num_io_irqs'));
        let lines = '';
        let used = 0;
        for (let number = 0; number < most; number++) {
          const source = look.word(sources + BigInt(8 * number));
          if (source === 0n) continue;
          const member = (name: string): bigint => source + look.offset(tag, `${prefix}_${name}`);
          const index = look.int(member('index'));
          assert.equal(look.word(member('count')), look.word(look.symbol('intrcnt')) + BigInt(8 * index));
          const event = look.word(member('event'));
          const handlers = look.int(member('handlers'));
          assert.equal(event === 0n, isArm && handlers === 0);
          const full =
            event === 0n
              ? `${look.text(member('name'))}:`
              : look.text(event + look.offset('intr_event', 'ie_fullname'));
          assert.equal(slots[index]!.name, full);
          assert.match(slots[index + 1]!.name, /^stray (irq\d+|gic0,[ps]\d+:|its0,\d+:)$/);
          if (!isArm) {
            const [cpu, domain] = [look.int(member('cpu')), look.int(member('domain'))];
            lines += `${full}:${index} @cpu${cpu}(domain${domain}): ${slots[index]!.count}\n`;
          }
          if (handlers > 0) used++;
          // Its handlers, as the event has them in a list.
          if (event !== 0n) {
            const list = look.list(
              event + look.offset('intr_event', 'ie_handlers.cslh_first'),
              look.offset('intr_handler', 'ih_next.csle_next'),
            );
            assert.equal(list.length, handlers);
            for (const handler of list)
              assert.equal(look.word(handler + look.offset('intr_handler', 'ih_event')), event);
          }
        }
        assert.ok(used >= 25, `${used} sources have handlers`);
        if (isArm) assert.equal(look.kernel.sysctls.bytes('hw.intrs'), undefined);
        else assert.equal(look.kernel.sysctls.text('hw.intrs'), lines);
        const object = look.types.resolve(look.types.typeOfObject(head)!);
        assert.ok(object.kind === 'pointer');
        const element = look.types.resolve(object.target);
        assert.ok(element.kind === 'pointer');
        const struct = look.types.resolve(element.target);
        assert.ok(isStruct(struct) && struct.name === tag);
      });
    });

    it('counts for each CPU its timer, or its IPIs, and what its queues get', async () => {
      await withLookout(
        `${profile},cpus=3,absent=1`,
        async (look) => {
          const before = table(look);
          let moved = new Map<string, bigint>();
          const clocks = [0, 2, 3].map((cpu) => (isArm ? `cpu${cpu}:hardclock` : `cpu${cpu}:timer`));
          const moving = isArm ? [...clocks, 'gic0,p11:-ic_timer0'] : clocks;
          await until(() => {
            moved = new Map(table(look).map(({ name, count }, nth) => [name, count - before[nth]!.count]));
            const isBusy = [...moved].some(([name, each]) => name.endsWith('mce0:rx0') && each > 0n);
            return isBusy && moving.every((name) => moved.get(name)! > 0n);
          }, 'the clocks and a network card move');
          assert.equal(moved.get('cpu1:timer'), undefined);
          assert.ok([...moved.values()].every((each) => each >= 0n));
          if (!isArm) assert.equal(before[0]!.name, '???');
          assert.equal(before.filter(({ name }) => name === '').length > 500, true);
        },
        'believable',
      );
    });
  });
}

it('moves at the rate that it tells', async () => {
  await withLookout(
    'amd64-14,cpus=2',
    async (look) => {
      const rates = look.image.steadyRates().filter(({ symbol, rate }) => symbol === 'intrcnt' && rate > 100);
      assert.ok(rates.length >= 4);
      const before = table(look);
      const start = performance.now();
      await settled(async () => {
        await delay(1200);
        const after = table(look);
        const seconds = (performance.now() - start) / 1000;
        for (const { index, rate, perCpu } of rates) {
          const ratio = Number(after[index]!.count - before[index]!.count) / (rate * seconds);
          assert.equal(perCpu.filter((each) => each > 0).length, 1);
          if (ratio <= 0.8 || ratio >= 1.2) return `${before[index]!.name}: ${ratio}`;
        }
        return undefined;
      });
    },
    'steady',
  );
});

describe('fullName', () => {
  for (const [event, handlers, expected] of [
    ['irq9:', [], 'irq9:'],
    ['irq16:', ['uhci0', 'ehci0'], 'irq16: uhci0 ehci0'],
    ['irq18:', ['uhci1', 'ichsmb0', 'ehci1'], 'irq18: uhci1 ehci1+'],
    ['irq19:', ['a_driver_of_long_name0'], 'irq19:-f_long_name0'],
    ['gic0,p14:', ['generic_timer0'], 'gic0,p14:-ic_timer0'],
    ['irq20:', ['abcdefghijkl', 'm'], 'irq20: abcdefghijk+'],
    ['irq20:', ['abcdefghijkl', 'm', 'n'], 'irq20: abcdefghijk*'],
  ] as const) {
    it(`makes ${expected} of ${[event, ...handlers].join(' ')}`, () => {
      assert.equal(fullName(event, handlers), expected);
    });
  }
});
