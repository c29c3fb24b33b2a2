import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planText } from '../../src/commands/planText.js';
import { Simulated } from '../support/simulated.js';

const config = `
counters:
  - {symbol: vm_cnt, type: counter, members: [{offset: 0, metric: a_total, help: H.}, {offset: 8, metric: b_total, help: H.}]}
  - {symbol: no_such_symbol, metric: c, help: H., optional: true}
zpcpu:
  - {symbol: sim_zpcpu, size: 64, fields: [{offset: 0, format: u64, metric: d, help: H.}, {offset: 32, format: u32, metric: e, help: H.}]}
dpcpu:
  - {symbol: sim_dpcpu, size: 24, fields: [{offset: 0, format: u64, metric: f, help: H.}]}
`;

describe('planText', () => {
  for (const reader of ['auto', 'libkvm', 'direct']) {
    it(`tells what one scrape reads, as the report of the read counts it: ${reader}`, async () => {
      const simulated = await Simulated.open('amd64-14,cpus=4', `reader: ${reader}\n${config}`);
      try {
        const { report } = await simulated.scraper.read();
        const lines = planText(simulated.scraper.plan!);
        const text = lines.join('\n');
        assert.match(text, /^vm_cnt +counters +1 +2 +16 +2$/m);
        assert.match(text, /^no_such_symbol +counters +0 +1 +8 +1$/m);
        assert.match(text, /^sim_zpcpu +zpcpu +1 +1 +64 +2$/m);
        assert.match(text, /^sim_dpcpu +dpcpu +1 +1 +8 +1$/m);
        assert.match(text, /^kvm_read +copies +0-3 +sim_dpcpu +4 +32 +1$/m);
        assert.match(text, /^4 symbols, 3 instances, 5 items, 6 values on 4 CPUs$/m);
        assert.equal(
          lines.at(-1)!.startsWith(`about ${report.reads} calls and ${report.bytes} bytes a scrape,`),
          true,
          text,
        );
        assert.doesNotMatch(text, /ffff|0x/);
      } finally {
        await simulated.close();
      }
    });
  }
});
