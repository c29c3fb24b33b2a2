import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { until } from '../support/until.js';
import { RequestMetrics } from '../../src/telemetry/requestMetrics.js';

async function values(metrics: RequestMetrics): Promise<Record<string, number>> {
  const families = await metrics.families();
  return Object.fromEntries(
    families.flatMap(({ name, samples }) =>
      samples.map(({ labels: [label], value }) => [`${name.replace(/^.*requests_/, '')} ${label?.value ?? ''}`, value]),
    ),
  );
}

describe('RequestMetrics', () => {
  it('counts scrapes by code when they are answered, and those under way', async () => {
    const metrics = new RequestMetrics();
    const seen: Record<string, number>[] = [];
    const server = createServer((request, response) => {
      metrics.begin(response);
      void values(metrics).then((found) => {
        seen.push(found);
        if (request.url === '/never') return;
        response.statusCode = request.url === '/bad' ? 400 : 200;
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const path of ['/', '/', '/bad']) await (await fetch(url + path)).text();
    // Whoever goes away before an answer is counted by no code.
    const left = get(`${url}/never`).on('error', () => undefined);
    await until(() => seen.length >= 4, 'the fourth request');
    assert.deepEqual(seen[0], { 'total 200': 0, 'total 500': 0, 'total 503': 0, 'in_flight ': 1 });
    left.destroy();
    await until(async () => (await values(metrics))['in_flight '] === 0, 'none is under way');
    assert.deepEqual(await values(metrics), {
      'total 200': 2,
      'total 400': 1,
      'total 500': 0,
      'total 503': 0,
      'in_flight ': 0,
    });
    server.closeAllConnections();
    server.close();
  });
});
