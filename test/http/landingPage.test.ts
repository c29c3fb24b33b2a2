import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { landingPage, type PageContents } from '../../src/http/landingPage.js';

const contents = {
  version: '1.2.3',
  telemetryPath: '/metrics',
  facts: {
    origin: 'live',
    release: '14.0-RELEASE',
    osreldate: 1_400_097,
    machineArch: 'amd64',
    pageSize: 4096,
    maxId: 1,
    ncpus: 2,
    cpus: [0, 1],
  },
  selfTest: { reader: 'direct', reason: 'only it agrees with <vm.stats.sys.v_swtch>' },
  symbols: [
    { symbol: 'tcps_states', groups: ['tcp'], optional: false, up: true, absent: false, reason: '', since: 0 },
    {
      symbol: 'carpstats',
      groups: ['carp'],
      optional: true,
      up: false,
      absent: true,
      reason: '<none> & "nothing"',
      since: 86_400_000,
    },
  ],
} as unknown as PageContents;

describe('landingPage', () => {
  it('shows every symbol, those that are down first, with the reason and since when', () => {
    const page = landingPage(contents);
    assert.ok(page.indexOf('carpstats') < page.indexOf('tcps_states'));
    assert.match(page, /1970-01-02T00:00:00\.000Z/);
    assert.match(page, /1 of 2 are read/);
  });

  it('escapes what comes from elsewhere', () => {
    const page = landingPage(contents);
    assert.match(page, /&lt;none&gt; &amp; &quot;nothing&quot;/);
    assert.doesNotMatch(page, /<none>|<vm\.stats/);
  });

  it('says so where the kernel is simulated, and only there', () => {
    assert.doesNotMatch(landingPage(contents), /This kernel is simulated/);
    const simulated = { ...contents, facts: { ...contents.facts, origin: 'simulated' } };
    assert.match(landingPage(simulated), /This kernel is simulated/);
  });
});
