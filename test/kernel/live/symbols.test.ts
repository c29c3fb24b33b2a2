/** Covers: symbols.ts, and modules.ts where a symbol's module comes and goes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Modules } from '../../../src/kernel/modules.js';
import type { Symbols } from '../../../src/kernel/symbols.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { withKernel } from '../../support/simulated.js';

async function withResolver(
  spec: string,
  act: (resolver: Symbols, simulator: Simulator, modules: Modules) => void,
  prepare: (simulator: Simulator) => void = () => undefined,
): Promise<void> {
  await withKernel(
    spec,
    (kernel, simulator) => {
      act(kernel.symbols, simulator, kernel.modules);
    },
    prepare,
  );
}

describe('LiveSymbols', () => {
  it('looks nothing up twice within once(), be it there or not', async () => {
    await withResolver('amd64-14,cpus=4', (symbols) => {
      symbols.once(() => {
        for (const find of [() => symbols.resolve('tcpstat'), () => symbols.resolveDpcpu('nws')]) {
          const found = find();
          assert.ok(found !== undefined);
          assert.equal(find(), found);
        }
        assert.equal(symbols.resolve('no_such_symbol'), undefined);
        assert.equal(symbols.resolve('no_such_symbol'), undefined);
      });
      assert.notEqual(symbols.resolveDpcpu('nws'), symbols.resolveDpcpu('nws'));
    });
  });

  it("finds plain symbols, and VNET ones in this process's vnet", async () => {
    for (const profile of profileNames) {
      await withResolver(`${profile},cpus=2`, (resolver, { image }) => {
        for (const name of ['nummiss', 'vm_cnt', 'tcpstat', 'tcps_states']) {
          const { address, size } = resolver.resolve(name)!;
          assert.deepEqual({ address, size }, image.symbol(name), `${profile}: ${name}`);
        }
        assert.equal(resolver.resolve('no_such_symbol'), undefined);
      });
    }
  });

  it('takes no other error of kldsym(2) for a symbol that is not there', async () => {
    await withResolver('amd64-14,cpus=2', (resolver, { image }) => {
      image.failSymbol('nummiss', 'ENOMEM');
      assert.throws(() => resolver.resolve('nummiss'), { name: 'KvmError', message: 'kldsym: nummiss: ENOMEM' });
      image.showSymbol('nummiss');
      assert.deepEqual(resolver.resolve('nummiss')?.address, image.symbol('nummiss')!.address);
    });
  });

  it('looks a name up once within one piece of work, and afresh afterwards', async () => {
    await withResolver('amd64-14,cpus=2', (resolver, { image }) => {
      resolver.once(() => {
        assert.equal(resolver.resolve('nummiss')?.address, image.symbol('nummiss')!.address);
        image.hideSymbol('nummiss');
        assert.ok(resolver.resolve('nummiss') !== undefined, 'known from before');
        assert.equal(resolver.resolve('no_such_symbol'), undefined);
      });
      assert.equal(resolver.resolve('nummiss'), undefined);
    });
  });

  it('finds a DPCPU symbol on the CPUs that exist', async () => {
    await withResolver('amd64-14,cpus=3,absent=1', (resolver, { image }) => {
      const { addresses } = resolver.resolveDpcpu('nws')!;
      assert.deepEqual([...addresses.keys()], [0, 2, 3]);
      const entry = image.symbol('pcpu_entry_nws')!.address;
      for (const [cpu, address] of addresses) {
        const offset = image.read(image.symbol('dpcpu_off')!.address + BigInt(8 * cpu), 8).readBigUInt64LE();
        assert.equal(address, BigInt.asUintN(64, entry + offset));
      }
      assert.equal(resolver.resolveDpcpu('no_such_symbol'), undefined);
    });
  });

  it('knows when a module that a symbol came from is gone, or back elsewhere', async () => {
    await withResolver(
      'amd64-14,cpus=2',
      (resolver, { image }, modules) => {
        const origin = resolver.resolve('carpstats')!.origin;
        assert.equal(origin.inModule, true);
        assert.equal(modules.isCurrent(origin, modules.loads()), true);
        image.unloadModule('carp');
        assert.equal(modules.isCurrent(origin, modules.loads()), false);
        image.loadModule('carp');
        assert.equal(modules.isCurrent(origin, modules.loads()), false);
        assert.equal(modules.isCurrent(resolver.resolve('carpstats')!.origin, modules.loads()), true);
        assert.equal(resolver.resolve('nummiss')!.origin.inModule, false);
      },
      ({ image }) => {
        if (image.symbol('carpstats') === undefined) image.loadModule('carp');
      },
    );
  });
});
