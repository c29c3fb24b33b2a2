/** The value of --simulate: what it may say, and what is answered to what it may not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSimulatorSpec } from '../../src/simulator/spec.js';

describe('parseSimulatorSpec', () => {
  it('has defaults for everything', () => {
    assert.deepEqual(parseSimulatorSpec(''), {
      profile: 'amd64-14',
      cpus: 8,
      counters: 0,
      absent: [],
      types: 'all',
      interfaces: 8,
      jails: 1,
      spare: 16,
      vnets: 0,
    });
    assert.equal(parseSimulatorSpec('arm64-14').profile, 'arm64-14');
  });

  it('counts malloc types', () => {
    assert.equal(parseSimulatorSpec('amd64-13,malloctypes=0').mallocTypes, 0);
    assert.throws(
      () => parseSimulatorSpec('malloctypes=1001'),
      /malloctypes=1001 must be a whole number from 0 to 1000/,
    );
  });

  it('loads modules, each once', () => {
    assert.deepEqual(parseSimulatorSpec('modules=zfs+carp+zfs').modules, ['zfs', 'carp']);
    assert.throws(() => parseSimulatorSpec('modules=zfz'), /unknown module "zfz" \(did you mean "zfs"\?\)/);
  });

  it('takes keys with and without a profile, in any order', () => {
    const expected = {
      profile: 'amd64-12',
      cpus: 4,
      counters: 10,
      absent: [1, 3],
      types: 'none',
      interfaces: 30,
      jails: 4,
      spare: 3,
      vnets: 2,
    };
    assert.deepEqual(
      parseSimulatorSpec('amd64-12,cpus=4,counters=10,absent=3+1,types=none,interfaces=30,jails=4,spare=3,vnets=2'),
      expected,
    );
    assert.equal(parseSimulatorSpec('counters=5,cpus=2').cpus, 2);
  });

  const refused: readonly [string, RegExp][] = [
    [
      'amd64-41',
      /unknown profile "amd64-41" \(did you mean "amd64-14"\?\); there are amd64-14, amd64-12, amd64-13, amd64-15, arm64-14, arm64-15/,
    ],
    ['cpu=4', /unknown key "cpu" \(did you mean "cpus"\?\)/],
    ['amd64-14,4', /"4" is not of the form KEY=VALUE/],
    ['cpus=0', /cpus=0 must be a whole number from 1 to 1024/],
    ['cpus=1025', /from 1 to 1024/],
    ['cpus=', /cpus= must be a whole number/],
    ['cpus=1e2', /cpus=1e2 must be a whole number/],
    ['counters=-1', /counters=-1 must be a whole number/],
    ['cpus=2,cpus=3', /"cpus" is given twice/],
    ['types=nome', /unknown types "nome" \(did you mean "none"\?\); there are all, partial, none/],
    ['interfaces=0', /interfaces=0 must be a whole number from 1 to 60000/],
    ['cpus=512,interfaces=2000', /2000 interfaces on 512 CPUs are too many/],
    ['jails=1001', /jails=1001 must be a whole number from 0 to 1000/],
    ['cpus=64,jails=200', /200 jails on 64 CPUs are too many/],
    ['typs=none', /unknown key "typs" \(did you mean "types"\?\)/],
    ['absent=a', /absent=a must be CPU ids joined by \+/],
    ['cpus=4,absent=0', /CPU 0 cannot be absent; 4 CPUs and 1 absent ids leave 1 to 3/],
    ['cpus=4,absent=4', /CPU 4 cannot be absent/],
    ['cpus=1024,counters=100000', /100000 counters on 1024 CPUs are too many; with as many CPUs there can be 19531/],
    ['cpus=1024,absent=1', /1023 is the highest; lower cpus/],
  ];
  for (const [text, message] of refused) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => parseSimulatorSpec(text), { message });
    });
  }
});
