/**
 * Covers: the kind `interrupts` from its pack to the values, on every simulated kernel: held against hw.intrcnt, hw.intrnames and hw.intrs, and
 * under changes of handlers. lists/interruptTable, lists/interruptFollower, lists/interruptSourceFollower, lists/interruptControllers, lists/localApics, lists/interruptsPlan.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  addInterruptHandler,
  bindInterrupt,
  interruptRoutes,
  moveInterrupt,
  removeInterruptHandler,
} from '../../../src/simulator/changes/interrupts.js';
import { profileNames } from '../../../src/simulator/spec.js';
import type { Workload } from '../../../src/simulator/simulator.js';
import type { Snapshot } from '../../../src/snapshots/snapshot.js';
import { openKernelTypes } from '../../../src/ctf/kernelFile.js';
import { leaves } from '../../../src/ctf/members.js';
import { hasParts } from '../../../src/plan/layout.js';
import { startScraper } from '../../../src/service/scraper.js';
import { beforeReads } from '../../support/kernelCalls.js';
import { configOf, rowsOf, Simulated } from '../../support/simulated.js';

const PACK = 'packs: [{pack: interrupts}]';

/** One value, by the name that vmstat has for it. */
interface Published {
  readonly family: string;
  /** As in hw.intrnames; of `value: cpu` that of its source. */
  readonly name: string;
  readonly value: bigint;
}

/** All that was published, each CPU's part for itself. */
function publishedIn(snapshot: Snapshot): Published[] {
  const { layout } = snapshot;
  const rows = rowsOf(snapshot);
  const found: Published[] = [];
  for (const { family, from, to } of layout.families) {
    for (let row = from; row < to; row++) {
      const values = rows[row];
      if (values === undefined) continue;
      const labels = Object.fromEntries(layout.rows[row]!.labels.map(({ name, value }) => [name, value]));
      const { interrupt, device = '' } = labels;
      if (family.name.endsWith('interrupts_total') && hasParts(layout, row)) {
        layout.cpus.forEach((id, nth) => {
          found.push({ family: family.name, name: `cpu${id}:${interrupt}`, value: values.parts[nth]! });
        });
        const sum = values.parts.reduce((total, part) => total + part, 0n);
        assert.equal(values.sum, sum, `the sum of ${interrupt}`);
        continue;
      }
      const text = device === '' || device.startsWith('-') ? `${interrupt}:${device}` : `${interrupt}: ${device}`;
      const name = family.name.endsWith('stray_total') ? `stray ${text}` : text;
      found.push({ family: family.name, name, value: values.sum });
    }
  }
  const keys = found.map(({ family, name }) => `${family} ${name}`);
  assert.equal(new Set(keys).size, keys.length, 'no series comes twice');
  return found;
}

/** hw.intrcnt by hw.intrnames: those that `vmstat -ia` shows. */
function told({ kernel }: Simulated): Map<string, bigint> {
  const counts = kernel.sysctls.bytes('hw.intrcnt')!;
  const names = kernel.sysctls.bytes('hw.intrnames')!;
  const slots = counts.length / 8;
  const stride = names.length / slots;
  const found = new Map<string, bigint>();
  for (let slot = 0; slot < slots; slot++) {
    const bytes = names.subarray(slot * stride, (slot + 1) * stride);
    const name = bytes.toString('latin1', 0, bytes.indexOf(0)).trimEnd();
    if (name !== '' && name !== '???') found.set(name, counts.readBigUInt64LE(8 * slot));
  }
  return found;
}

/** The CPU that each interrupt goes to that has a handler, by its name. */
function routes({ image, kernel }: Simulated): Map<string, bigint> {
  if (kernel.sysctls.bytes('hw.intrs') === undefined) return new Map();
  const names = [...kernel.sysctls.text('hw.intrs').matchAll(/^(irq(\d+):.*):\d+ @cpu/gm)];
  const byNumber = new Map(names.map(([, name, number]) => [Number(number), name!]));
  return new Map([...interruptRoutes(image)].map(([number, cpu]) => [byNumber.get(number)!, BigInt(cpu)]));
}

/** hw.intrs: what is_cpu says of each interrupt that has a handler, by its name. */
function toldCpus({ kernel }: Simulated): Map<string, bigint> {
  const text = kernel.sysctls.bytes('hw.intrs') === undefined ? '' : kernel.sysctls.text('hw.intrs');
  const lines = [...text.matchAll(/^(.*):\d+ @cpu(\d+)\(domain\d+\): \d+$/gm)];
  return new Map(lines.map(([, name, cpu]) => [name!, BigInt(cpu!)] as const).filter(([name]) => !name.endsWith(':')));
}

async function withInterrupts(
  spec: string,
  act: (simulated: Simulated) => void | Promise<void>,
  workload: Workload = 'none',
  yaml = PACK,
): Promise<void> {
  const simulated = await Simulated.open(spec, yaml, workload);
  try {
    await act(simulated);
  } finally {
    await simulated.close();
  }
}

const of = (all: readonly Published[], family: string): Published[] =>
  all.filter((one) => one.family === `freebsd_${family}`);

describe('interrupts', () => {
  for (const profile of profileNames) {
    for (const cpus of ['cpus=3,absent=1', 'cpus=8', 'cpus=1']) {
      it(`are what vmstat -ia tells, each value between two looks: ${profile},${cpus}`, async () => {
        await withInterrupts(
          `${profile},${cpus}`,
          async (simulated) => {
            const { scraper, kernel } = simulated;
            for (let round = 0; round < 3; round++) {
              const before = told(simulated);
              const routesBefore = routes(simulated);
              const snapshot = await scraper.read();
              const after = told(simulated);
              assert.deepEqual(
                snapshot.report.symbols.map(({ symbol, up, cause }) => [symbol, up, cause]),
                profile.startsWith('amd64')
                  ? [
                      ['intrcnt', true, undefined],
                      ['interrupt_sources', true, undefined],
                    ]
                  : [
                      ['intrcnt', true, undefined],
                      ['interrupt_sources', false, 'missing'],
                    ],
              );
              const all = publishedIn(snapshot);
              const counted = [...of(all, 'interrupts_total'), ...of(all, 'interrupts_stray_total')];
              for (const { family, name: own, value } of counted) {
                const name = before.has(own) || !family.includes('stray') ? own : own.replace(/:$/, '');
                assert.ok(before.has(name) && before.get(name)! <= value && value <= after.get(name)!, name);
              }
              // Of CPUs that there are not nothing is told.
              const present = [...before.keys()].filter((name) => {
                const [, id] = /^cpu(\d+):/.exec(name) ?? [];
                return id === undefined || kernel.facts.cpus.includes(Number(id));
              });
              assert.equal(counted.length, present.length, 'all of them');
              const cpuOf = new Map(of(all, 'interrupt_cpu').map(({ name, value }) => [name, value]));
              assert.deepEqual(cpuOf, routesBefore);
              assert.equal(cpuOf.size > 20, profile.startsWith('amd64') && !cpus.endsWith('=1'));
            }
          },
          'believable',
        );
      });
    }
  }

  it('are read in a few reads', async () => {
    for (const profile of profileNames) {
      await withInterrupts(`${profile},cpus=8`, async ({ scraper }) => {
        await scraper.read();
        const { report, layout } = await scraper.read();
        assert.ok(layout.rows.length > 100, `${layout.rows.length}`);
        assert.ok(report.reads <= 16, `${profile}: ${report.reads} reads`);
      });
    }
  });

  it('come, go and change their names from one read to the next', async () => {
    for (const profile of profileNames) {
      await withInterrupts(`${profile},cpus=2`, async (simulated) => {
        const { scraper } = simulated;
        const names = async (): Promise<Map<string, bigint>> =>
          new Map(of(publishedIn(await scraper.read()), 'interrupts_total').map(({ name, value }) => [name, value]));
        const before = await names();
        const layout = scraper.layout;
        await names();
        assert.equal(scraper.layout, layout, 'nothing changed');
        const { image } = simulated;
        const [old] = [...before.keys()].filter((name) => name.endsWith(': ahci0'));
        const id = old!.replace(': ahci0', '');
        const { number } = removeInterruptHandler(image, 'ahci0');
        const without = await names();
        assert.deepEqual([without.has(old!), without.get(`${id}:`)], [false, before.get(old!)]);
        addInterruptHandler(image, 'nda7', number);
        const other = await names();
        assert.deepEqual([other.has(`${id}:`), other.get(`${id}: nda7`)], [false, before.get(old!)]);
        assert.equal(other.size, before.size);
        addInterruptHandler(image, 'new0');
        const more = await names();
        assert.equal(more.size, before.size + 1);
        assert.ok([...more.keys()].some((name) => name.endsWith(': new0')));
        assert.deepEqual(new Set(told(simulated).keys()).has(`${id}: nda7`), true);
        const stay = (rows: Snapshot['layout']) => rows.rows.filter((row) => layout.rows.includes(row)).length;
        assert.ok(stay(scraper.layout) > layout.rows.length - 10, 'the others keep their rows');
      });
    }
  });

  it('have no wrong value or name, and none twice, whatever handlers do between any two reads', async () => {
    for (const profile of ['amd64-14', 'amd64-12', 'arm64-15'] as const) {
      await withInterrupts(`${profile},cpus=2`, async (simulated) => {
        const { scraper, kernel, image } = simulated;
        await scraper.read();
        const { reads } = (await scraper.read()).report;
        const [[first, value]] = [...told(simulated)].filter(([name]) => name.endsWith(': ahci0')) as [
          [string, bigint],
        ];
        const id = first.replace(/ahci0$/, '').trimEnd();
        const number = Number(/(\d+):$/.exec(id)![1]);
        const tableBytes = kernel.sysctls.bytes('hw.intrnames')!.length;
        let handler: string | undefined = 'ahci0';
        let [turn, seen] = [0, 0];
        for (let call = 1; call <= reads; call++) {
          for (const kind of ['one', 'two'] as const) {
            // What the counter may be called in this read: as it was, and as it is after the change.
            const nameNow = (): string => (handler === undefined ? id : `${id} ${handler}`);
            const possible = [nameNow()];
            let calls = 0;
            // What the table says whenever its names are read.
            const looks: string[] = [];
            const stop = beforeReads(kernel, ({ length }) => {
              calls++;
              if (calls === call || (kind === 'two' && calls === call + 2)) {
                if (handler !== undefined) removeInterruptHandler(image, handler);
                handler = turn++ % 3 === 0 ? undefined : `dev${turn}`;
                if (handler !== undefined) addInterruptHandler(image, handler, number);
                if (profile.startsWith('amd64')) bindInterrupt(image, number, turn % 2);
                possible.push(nameNow());
              }
              if (length === tableBytes) looks.push(nameNow());
            });
            const all = publishedIn(await scraper.read());
            stop();
            const own = of(all, 'interrupts_total').filter(({ name }) => name.startsWith(id));
            assert.equal(looks.length, 2);
            assert.deepEqual(
              own.map(({ name }) => name),
              looks[0] === looks[1] ? [looks[0]] : [],
              'one that changed its name meanwhile is not published',
            );
            for (const one of own) {
              seen++;
              assert.equal(one.value, value);
              assert.ok(possible.includes(one.name), `${one.name} of ${possible.join()}`);
            }
            for (const one of of(all, 'interrupt_cpu')) {
              if (!one.name.startsWith(id)) continue;
              assert.ok(!one.name.endsWith(':') && possible.includes(one.name));
            }
          }
        }
        assert.ok(seen > 0);
        // At rest all is as it is told.
        const all = of(publishedIn(await scraper.read()), 'interrupts_total');
        const now = told(simulated);
        for (const { name, value: count } of all) assert.equal(now.get(name), count, name);
      });
    }
  });

  it('give no CPU of a source that was sent to another during the read', async () => {
    for (const profile of ['amd64-14', 'amd64-15'] as const) {
      await withInterrupts(`${profile},cpus=4`, async (simulated) => {
        const { scraper, kernel, image } = simulated;
        const cpuOf = async (): Promise<bigint | undefined> =>
          of(publishedIn(await scraper.read()), 'interrupt_cpu').find(({ name }) => name === 'irq4: uart0')?.value;
        let now = (await cpuOf())!;
        const { reads } = (await scraper.read()).report;
        let missing = 0;
        for (const act of [bindInterrupt, moveInterrupt]) {
          for (let call = 1; call <= reads; call++) {
            const before = now;
            const after = (now + 1n) % 4n;
            let calls = 0;
            const stop = beforeReads(kernel, () => {
              if (++calls === call) act(image, 4, Number((now = after)));
            });
            const read = await cpuOf();
            stop();
            assert.ok(read === undefined || read === before || read === after, `CPU ${read} at read ${call}`);
            if (read === undefined) missing++;
            assert.equal(await cpuOf(), now);
          }
        }
        assert.ok(missing > 0 && missing < 2 * reads, `${missing} of ${2 * reads}`);
      });
    }
  });

  it('give nothing for a source that has no handler when its CPU was read', async () => {
    await withInterrupts('amd64-14,cpus=4', async (simulated) => {
      const { scraper, kernel } = simulated;
      const cpuOf = async (): Promise<bigint | undefined> =>
        of(publishedIn(await scraper.read()), 'interrupt_cpu').find(({ name }) => name.endsWith(': ahci0'))?.value;
      const { image } = simulated;
      const { number } = removeInterruptHandler(image, 'ahci0');
      addInterruptHandler(image, 'ahci0', number);
      bindInterrupt(image, number, 3);
      assert.equal(await cpuOf(), 3n);
      assert.equal(toldCpus(simulated).get(`irq${number}: ahci0`), 3n);
      // A CPU that does not exist is none that it can be bound to.
      bindInterrupt(image, number, 4);
      assert.equal(await cpuOf(), undefined);
      bindInterrupt(image, number, 2);
      let calls = 0;
      const { reads } = (await scraper.read()).report;
      const stop = beforeReads(kernel, () => {
        if (++calls === reads - 1) removeInterruptHandler(image, 'ahci0');
      });
      assert.equal(await cpuOf(), undefined);
      stop();
    });
  });

  it('give the CPU that a source goes to, whatever is_cpu and ie_cpu say of it', async () => {
    for (const profile of ['amd64-12', 'amd64-13', 'amd64-14', 'amd64-15'] as const) {
      await withInterrupts(`${profile},cpus=4`, async (simulated) => {
        const { scraper, image } = simulated;
        const published = async (): Promise<Map<string, bigint>> =>
          new Map(of(publishedIn(await scraper.read()), 'interrupt_cpu').map(({ name, value }) => [name, value]));
        const told = toldCpus(simulated);
        const first = await published();
        assert.deepEqual(first, routes(simulated));
        // Those that nobody has bound are spread, and hw.intrs tells none of it.
        const lines = [...first].filter(([name]) => /^irq(1|4|9|16|18|19):/.test(name));
        assert.deepEqual(
          lines.map(([, cpu]) => cpu),
          [0n, 1n, 2n, 3n, 0n, 1n],
        );
        for (const [name] of lines) assert.equal(told.get(name), 0n, name);
        // Those of queues are bound by their drivers.
        const queues = [...first].filter(([name]) => name.includes('mce0:rx'));
        assert.equal(queues.length, 4);
        for (const [name, cpu] of queues) assert.equal(told.get(name), cpu);
        const line = 'irq4: uart0';
        const step = async (act: () => unknown, cpu: bigint | undefined, said: bigint): Promise<void> => {
          act();
          assert.equal((await published()).get(line), cpu);
          assert.equal(toldCpus(simulated).get(line) ?? said, said);
          assert.deepEqual(await published(), routes(simulated));
        };
        await step(
          () => {
            bindInterrupt(image, 4, 3);
          },
          3n,
          3n,
        );
        // Nobody's again, it goes where it went.
        await step(
          () => {
            bindInterrupt(image, 4, undefined);
          },
          3n,
          3n,
        );
        await step(
          () => {
            moveInterrupt(image, 4, 1);
          },
          1n,
          1n,
        );
        await step(
          () => {
            bindInterrupt(image, 4, 0);
          },
          0n,
          0n,
        );
        await step(() => removeInterruptHandler(image, 'uart0'), undefined, 0n);
        // With its next handler it goes to the CPU whose turn it is, though it is still bound to another.
        await step(() => addInterruptHandler(image, 'uart0', 4), 2n, 0n);
      });
    }
  });

  it('give no CPU of a source of which it is not known where it goes', async () => {
    await withInterrupts('amd64-14,cpus=4', async ({ scraper, image }) => {
      const names = async (): Promise<string[]> =>
        of(publishedIn(await scraper.read()), 'interrupt_cpu').map(({ name }) => name);
      const before = await names();
      const word = (address: bigint): bigint => image.read(address, 8).readBigUInt64LE();
      const put = (address: bigint, value: bigint, size = 8): void => {
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64LE(value);
        image.write(address, bytes.subarray(0, size));
      };
      const sources = word(image.symbol('interrupt_sources')!.address);
      const source = word(sources + 8n * 4n);
      const [pic, vector, apic] = [source, source + 53n, source + 56n];
      const without = before.filter((name) => !name.startsWith('irq4:'));
      const own = word(pic);
      // A controller of another kind, such as Xen's.
      put(pic, sources);
      assert.deepEqual(await names(), without);
      put(pic, 0n);
      assert.deepEqual(await names(), without);
      put(pic, own);
      assert.deepEqual(await names(), before);
      put(vector, 0n, 1);
      assert.deepEqual(await names(), without, 'it goes nowhere');
      put(vector, 0x31n, 1);
      put(apic, 3n, 4);
      assert.deepEqual(await names(), without, 'no CPU has this local APIC');
      put(apic, 6n, 4);
      assert.deepEqual(await names(), before);
    });
  });

  it('give no CPU where the kernel has no such controllers, or two CPUs the same local APIC', async () => {
    const simulated = await Simulated.open('amd64-14,cpus=4', 'packs: [arp]');
    try {
      const { image, kernel } = simulated;
      const read = async (): Promise<[number, string | undefined]> => {
        const snapshot = await startScraper(kernel, configOf(PACK), {}).read();
        const status = snapshot.report.symbols.find(({ symbol }) => symbol === 'interrupt_sources')!;
        return [of(publishedIn(snapshot), 'interrupt_cpu').length, status.up ? undefined : status.reason];
      };
      const change = async (address: bigint, bytes: Buffer): Promise<[number, string | undefined]> => {
        const before = Buffer.from(image.read(address, bytes.length));
        image.write(address, bytes);
        const found = await read();
        image.write(address, before);
        return found;
      };
      const [all] = await read();
      assert.ok(all > 20);
      const assign = 88n;
      const msi = image.symbol('msi_pic')!.address + assign;
      const ioapic = image.symbol('ioapic_template')!.address + assign;
      assert.deepEqual(await change(msi, Buffer.from(image.read(ioapic, 8))), [
        0,
        'kvm_read: msi_pic has no function of its own',
      ]);
      assert.deepEqual(await change(msi, Buffer.alloc(8)), [0, 'kvm_read: msi_pic has no function of its own']);
      const pcpus = image.symbol('cpuid_to_pcpu')!.address;
      const types = openKernelTypes(simulated.simulator.source.execfile, undefined).types;
      const own = [...leaves(types, types.findStruct('pcpu')!)].find(({ path }) => path === 'pc_apic_id')!.offset;
      const apic = image.read(pcpus + 16n, 8).readBigUInt64LE() + BigInt(own);
      assert.deepEqual(await change(apic, Buffer.alloc(4)), [
        0,
        'kvm_read: the struct pcpu of CPU 2 does not tell its local APIC',
      ]);
      assert.deepEqual(await read(), [all, undefined]);
    } finally {
      await simulated.close();
    }
  });

  it('are added up where two counters have the same name', async () => {
    for (const [profile, text] of [
      ['amd64-14', 'irq5:'],
      ['arm64-14', 'gic0,s5:'],
    ] as const) {
      await withInterrupts(`${profile},cpus=2`, async (simulated) => {
        const { image, scraper } = simulated;
        const word = (symbol: string): bigint => image.read(image.symbol(symbol)!.address, 8).readBigUInt64LE();
        const slots = Number(word('sintrcnt')) / 8;
        const stride = Number(word('sintrnames')) / slots;
        const indexOf = (name: string): number =>
          Array.from({ length: slots }, (_, nth) => nth).find(
            (nth) =>
              image
                .read(word('intrnames') + BigInt(nth * stride), stride - 1)
                .toString('latin1')
                .trimEnd() === name,
          )!;
        const put = (index: number, count: bigint): void => {
          const bytes = Buffer.alloc(8);
          bytes.writeBigUInt64LE(count);
          image.write(word('intrcnt') + BigInt(8 * index), bytes);
        };
        const other = text.replace('5', '6');
        const [a, b] = [indexOf(text), indexOf(other)];
        put(a, 1000n);
        put(b, 234n);
        image.write(word('intrnames') + BigInt(b * stride), Buffer.from(text.padEnd(stride - 1), 'latin1'));
        const all = of(publishedIn(await scraper.read()), 'interrupts_total');
        assert.deepEqual(
          all.filter(({ name }) => name === text || name === other),
          [{ family: 'freebsd_interrupts_total', name: text, value: 1234n }],
        );
      });
    }
  });

  it('are not believed where the table is not what its lengths say', async () => {
    for (const [symbol, size, change, reason] of [
      ['sintrnames', 8, (value: bigint) => value + 8n, /^kvm_read: sintrnames is no multiple of the \d+ counters$/],
      ['sintrnames', 8, (value: bigint) => (value / 20n) * 19n, /^kvm_read: intrnames has no names of 18 characters$/],
      [
        'nintrcnt',
        4,
        (value: bigint) => value + 1n,
        /^kvm_read: sintrcnt is \d+ bytes, which is no number of counters$/,
      ],
      ['intrcnt', 8, () => 0n, /^kvm_read: intrcnt leads nowhere$/],
    ] as const) {
      const simulated = await Simulated.open('amd64-14,cpus=2', 'packs: [arp]');
      try {
        const { image } = simulated;
        const { address } = image.symbol(symbol)!;
        const bytes = Buffer.alloc(8);
        image.read(address, size).copy(bytes);
        const before = Buffer.from(bytes);
        bytes.writeBigUInt64LE(change(bytes.readBigUInt64LE()));
        image.write(address, bytes.subarray(0, size));
        const snapshot = await startScraper(simulated.kernel, configOf(PACK), {}).read();
        assert.deepEqual(publishedIn(snapshot), []);
        assert.match(snapshot.report.symbols[0]!.reason, reason);
        image.write(address, before.subarray(0, size));
        assert.ok(publishedIn(await startScraper(simulated.kernel, configOf(PACK), {}).read()).length > 50);
      } finally {
        await simulated.close();
      }
    }
  });

  it('are not published where the kernel tells no types', async () => {
    await withInterrupts('amd64-14,cpus=2,types=none', async ({ scraper }) => {
      const snapshot = await scraper.read();
      assert.deepEqual(publishedIn(snapshot), []);
      assert.equal(snapshot.report.symbols[0]!.up, false);
    });
  });
});
