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
        const lines = planText(simulated.scraper.plan!, simulated.scraper.walks);
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
        assert.doesNotMatch(text, /ffff|0x|walked/);
      } finally {
        await simulated.close();
      }
    });
  }

  for (const jails of [0, 3]) {
    it(`tells what it takes to follow lists, and reads of hundreds of elements in one line: ${jails} jails`, async () => {
      const vnet = jails === 0 ? 'own' : 'all';
      const simulated = await Simulated.open(
        `amd64-14,cpus=4,interfaces=300,jails=${jails}`,
        `list:
  - {symbol: ifnet, vnet: ${vnet}, link: if_link, keys: {interface: if_xname}, check: {if_vnet: vnet}, members: [{name: 'if_counters[0]', metric: packets}, if_mtu]}
  - {symbol: vnet_head, link: vnet_le, check: {vnet_magic_n: 1}, duplicates: nth, members: [vnet_ifcnt]}
counters:
  - {symbol: tcpstat, struct: tcpstat, vnet: ${vnet}}
`,
      );
      try {
        const { report } = await simulated.scraper.read();
        const lines = planText(simulated.scraper.plan!, simulated.scraper.walks);
        const text = lines.join('\n');
        const lists = Number(/^ifnet +list +(\d+) /m.exec(text)?.[1]);
        assert.ok(lists >= 300 && (jails === 0) === (lists === 300), text);
        const [, elements, calls, bytes] = new RegExp(`^ifnet +(\\d+) +${lists} +(\\d+) +(\\d+)$`, 'm').exec(text)!;
        assert.equal(elements, String(lists));
        // The head of each vnet's list, and each element.
        assert.equal(Number(calls), lists + (jails === 0 ? 1 : simulated.scraper.layout.instances[0]!.length));
        assert.ok(Number(bytes) > 8 * lists);
        assert.equal(/^vnet_head, allprison +\d+ +\d+ +\d+$/m.test(text), jails > 0, text);
        assert.match(text, /^vnet_head +\d+ +0 +\d+ +\d+$/m, 'of which none is believed');
        assert.doesNotMatch(text, /^kvm_read +cells .* ifnet /m, 'the walk reads them');
        assert.match(text, new RegExp(`^${lists} cells more come with the walks$`, 'm'));
        // Elements that lie near each other share a read, by what reads cost here.
        assert.match(text, new RegExp(`^kvm_read +copies +0 +ifnet +\\d+ +\\d+ +${lists}$`, 'm'));
        assert.match(text, /^lists in \d+ reads of \d+ bytes, walked before each read and again after it$/m);
        assert.equal(
          lines.at(-1)!.startsWith(`about ${report.reads} calls and ${report.bytes} bytes a scrape,`),
          true,
          text,
        );
        assert.ok(lines.length < 40, text);
      } finally {
        await simulated.close();
      }
    });
  }
});
