/** Covers: scrapes while many clients send slowly, or read nothing. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, untilClosed } from '../support/clients.js';
import { RunningExporter } from '../support/exporter.js';
import { soon } from '../support/until.js';

/** Of each kind: clients that say nothing, and clients that send a header a byte at a time. */
const COUNT = 500;

describe('a server with slow clients', () => {
  let exporter: RunningExporter;
  let port: number;

  before(async () => {
    exporter = await RunningExporter.start('--simulate');
    port = Number(new URL(exporter.url).port);
  });
  after(() => exporter.stop());

  async function open(): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => undefined);
    socket.resume();
    await soon(once(socket, 'connect'), 'a connection');
    return socket;
  }

  /** Milliseconds that a scrape took, and the memory that the exporter then had. */
  async function scrape(agent?: Agent): Promise<{ took: number; memory: number }> {
    const begin = performance.now();
    const answer = await ask(exporter.url, agent && { agent });
    assert.equal(answer?.status, 200);
    const took = performance.now() - begin;
    return { took, memory: Number(/^process_resident_memory_bytes (\S+)$/m.exec(answer.body)?.[1]) / 2 ** 20 };
  }

  it('answers scrapes beside 1,000 of them, and cuts them all in the end', async (test) => {
    const before = await scrape();
    const began = performance.now();
    const idle = await Promise.all(Array.from({ length: COUNT }, open));
    const slow = await Promise.all(Array.from({ length: COUNT }, open));
    test.diagnostic(`${2 * COUNT} connections opened in ${Math.round(performance.now() - began)} ms`);
    for (const socket of slow) socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ');
    const drip = setInterval(() => {
      for (const socket of slow) if (!socket.destroyed) socket.write('x');
    }, 500);
    try {
      const agent = new Agent({ keepAlive: true });
      const times: number[] = [];
      let memory = 0;
      for (let i = 0; i < 20; i++) {
        const found = await scrape(i % 2 === 0 ? agent : undefined);
        times.push(found.took);
        memory = found.memory;
        await sleep(100);
      }
      agent.destroy();
      times.sort((a, b) => a - b);
      test.diagnostic(
        `a scrape beside them: ${times[10]!.toFixed(1)} ms in the median, ${times.at(-1)!.toFixed(1)} ms at most; ` +
          `one before: ${before.took.toFixed(1)} ms; memory ${before.memory.toFixed(0)} MiB before, ${memory.toFixed(0)} MiB beside`,
      );
      assert.equal([...idle, ...slow].filter(({ destroyed }) => destroyed).length, 0, 'cut too early');
      for (const socket of [...idle, ...slow]) await untilClosed(socket);
      test.diagnostic(
        `the last of them was cut ${((performance.now() - began) / 1000).toFixed(1)} s after the first came`,
      );
    } finally {
      clearInterval(drip);
    }
    const then = await scrape();
    test.diagnostic(`memory after: ${then.memory.toFixed(0)} MiB`);
  });
});

describe('a server with clients that do not read', () => {
  const LARGE = '--simulate=amd64-14,cpus=256,counters=1000';

  it('answers scrapes beside 256 of them, with documents of megabytes, in bounded memory', async (test) => {
    const exporter = await RunningExporter.start(LARGE);
    const sockets: Socket[] = [];
    const memory = async (): Promise<number> => {
      const answer = await ask(exporter.url);
      assert.equal(answer?.status, 200);
      return Number(/^process_resident_memory_bytes (\S+)$/m.exec(answer.body)?.[1]) / 2 ** 20;
    };
    try {
      const before = await memory();
      for (let i = 0; i < 256; i++) {
        const socket = connect({ host: '127.0.0.1', port: Number(new URL(exporter.url).port) });
        socket.on('error', () => undefined).pause();
        sockets.push(socket);
        await soon(once(socket, 'connect'), 'a connection');
        socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
        if (i % 8 === 7) await memory();
      }
      const beside = await memory();
      test.diagnostic(`memory: ${before.toFixed(0)} MiB before, ${beside.toFixed(0)} MiB beside`);
      // Six documents of 20 MB, what is kept to use again, and 64 MiB that wait in all.
      assert.ok(beside < before + 400, `${beside} MiB`);
    } finally {
      for (const socket of sockets) socket.destroy();
      await exporter.stop();
    }
  });
});
