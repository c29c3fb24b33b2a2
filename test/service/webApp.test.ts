import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import { Publisher } from '../../src/exposition/publisher.js';
import type { HttpServer } from '../../src/http/server/server.js';
import { KvmError } from '../../src/kernel/errors.js';
import { makeApp } from '../../src/service/webApp.js';
import { Snapshots } from '../../src/snapshots/snapshots.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { configOf, Simulated } from '../support/simulated.js';
import { startServer } from '../support/server.js';
import { until } from '../support/until.js';

describe('a server whose kernel cannot be read', () => {
  let reads = 0;
  let server: HttpServer;
  let simulated: Simulated;
  let snapshots: Snapshots;

  before(async () => {
    const source = {
      reads: 0,
      read: () => {
        reads++;
        return Promise.reject(new KvmError('kvm_read', 'invalid address (0xfffff80003a4c000)'));
      },
    };
    const yaml = 'counters: [{symbol: dothits, metric: dots, help: H.}]';
    simulated = await Simulated.open('amd64-14,cpus=2', yaml);
    const { kernel, scraper } = simulated;
    snapshots = new Snapshots(source, 1);
    const publisher = new Publisher(snapshots, { families: () => Promise.resolve([]) });
    const current = {
      config: configOf(yaml),
      scraper,
      snapshots,
      publisher,
      sampling: undefined,
      stop: () => undefined,
    };
    const served = { facts: kernel.facts, current };
    const app = makeApp(served, { telemetryPath: '/metrics', timeoutOffset: 0.5 }, createLogger('debug', 'logfmt'));
    server = await startServer(app, { host: '127.0.0.1', port: 0 });
  });
  after(async () => {
    snapshots.stop();
    await server.close();
    await simulated.close();
  });

  it('logs one line, however often its loop reads and however many ask', async () => {
    const lines: string[] = [];
    const write = mock.method(process.stderr, 'write', (line: string) => lines.push(line));
    for (let request = 0; request < 100; request++) {
      const response = await fetch(`${server.url}/metrics`);
      assert.equal(response.status, 503);
      assert.match(await response.text(), /^the kernel cannot be read: kvm_read: invalid address \(0x…\)$/m);
    }
    try {
      await until(() => reads > 20, 'the loop reads');
    } finally {
      write.mock.restore();
    }
    assert.equal(lines.length, 1, lines.join(''));
    assert.match(lines[0]!, /level=error msg="request failed" error="kvm_read: invalid address \(0x…\)"\n$/);
  });
});
