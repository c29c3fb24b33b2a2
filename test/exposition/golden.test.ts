/** Whole documents in each format, as they were looked at once and put into fixtures/golden. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { formats } from '../../src/exposition/formats/registry.js';
import { Publisher } from '../../src/exposition/publisher.js';
import { packageRoot } from '../../src/packageRoot.js';
import { Snapshots } from '../../src/snapshots/snapshots.js';
import { readable } from '../support/protobufDocument.js';
import { Simulated } from '../support/simulated.js';

const config = `
counters:
  - symbol: tcpstat
    struct: tcpstat
    members: [{name: tcps_sndbyte, metric: tcp_sent_bytes_total, help: 'Bytes sent: "payload" only.'}]
  - {symbol: tcps_states, length: 11, label: state, names: [a, b, c, d, e, f, g, h, i, j, 'k"\\k'], metric: states, help: H.}
  - {symbol: sim_null, metric: absent, help: H.}
  - {symbol: dothits, metric: hits_total, type: counter, help: H., cpu: sum, labels: {cache: name}}
`;

describe('golden documents', () => {
  for (const format of formats) {
    for (const inLines of format.startIn === 'line' ? [false, true] : [false]) {
      const name = `${format.name}${inLines ? '-created' : ''}.txt`;
      it(`are what they were: ${name}`, async () => {
        const simulated = await Simulated.open('amd64-14,cpus=2,absent=1', config);
        try {
          const x = { name: 'x_total', help: 'X.', type: 'counter' as const, samples: [{ labels: [], value: 1 }] };
          const own = { families: () => Promise.resolve([x]) };
          const start = { time: () => '1700000000.204', inLines };
          const publisher = new Publisher(new Snapshots(simulated.scraper, undefined), own, start);
          const { chunks, release } = await publisher.document(format);
          const golden = readFileSync(join(packageRoot, 'test', 'fixtures', 'golden', name), 'utf8');
          assert.equal(readable(format, Buffer.concat(chunks)), golden);
          release();
        } finally {
          await simulated.close();
        }
      });
    }
  }
});
