import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isTyped, type Entry } from '../../src/config/model.js';
import type { LiveKernel } from '../../src/kernel/live/liveKernel.js';
import { loadsText } from '../../src/kernel/loads.js';
import { isResolved, Resolution } from '../../src/plan/resolution.js';
import { configOf, Simulated } from '../support/simulated.js';

const MINUTE = 60_000;
const config = `
counters:
  - {symbol: nummiss, metric: a, help: H.}
  - {symbol: dothits, metric: b, help: H.}
  - {symbol: dotdothits, metric: c, help: H.}
  - {symbol: carpstats, members: [{index: 0, metric: d, help: H.}]}
`;

describe('Resolution', () => {
  let simulated: Simulated;
  before(async () => {
    simulated = await Simulated.open('amd64-14,cpus=2', config);
    if (simulated.image.symbol('carpstats') !== undefined) simulated.image.unloadModule('carp');
  });
  after(() => simulated.close());

  function resolutionOf(kernel: LiveKernel): Resolution {
    const entries = configOf(config).entries.filter((entry): entry is Entry => !isTyped(entry));
    const faults = entries.map(() => undefined);
    return new Resolution(kernel, { entries, faults, follows: [] }, 0, loadsText(kernel.modules.loads()));
  }

  function found(resolution: Resolution): boolean[] {
    return resolution.entries.map((entry) => isResolved(entry));
  }

  it('looks missing symbols up again one at a time, each about once a minute, and changes its version only for news', () => {
    const { image, kernel } = simulated;
    for (const symbol of ['dothits', 'dotdothits']) image.hideSymbol(symbol);
    const resolution = resolutionOf(kernel);
    assert.deepEqual(found(resolution), [true, false, false, false]);
    resolution.refresh(MINUTE - 1);
    resolution.refresh(MINUTE);
    assert.equal(resolution.version, 0);
    for (const symbol of ['dothits', 'dotdothits']) image.showSymbol(symbol);
    resolution.refresh(MINUTE + 1);
    assert.deepEqual(found(resolution), [true, false, false, false], 'none is due yet');
    for (let now = MINUTE; now <= 3 * MINUTE; now += 1000) resolution.refresh(now);
    assert.deepEqual(found(resolution), [true, true, true, false]);
    assert.equal(resolution.version, 2);
  });

  it('looks all up again at once when a module is loaded', () => {
    const { image, kernel } = simulated;
    const resolution = resolutionOf(kernel);
    image.loadModule('carp');
    resolution.refresh(1);
    assert.deepEqual(found(resolution), [true, true, true, true]);
    image.unloadModule('carp');
    assert.deepEqual(
      [...resolution.dropGone()].map(({ origin }) => origin.name),
      ['vnet_entry_carpstats'],
    );
    assert.equal(resolution.dropGone().size, 0);
    assert.deepEqual(found(resolution), [true, true, true, false]);
  });
});
