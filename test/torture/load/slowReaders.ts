/** Clients that ask for a large document again and again and never read, and scrapers beside them. */
import { execFileSync } from 'node:child_process';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { RunningExporter } from '../../support/exporter.js';
import { newFigures, Scraper, scrapeUntil, toldFigures, usageOf } from './measure.js';

const READERS = 256;

export async function slowReaders(seconds: number): Promise<string> {
  // Some megabytes, which no socket's buffers hold.
  const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=256,counters=1000');
  const before = await usageOf(() => exporter.metrics());
  const port = Number(new URL(exporter.url).port);
  const sockets = Array.from({ length: READERS }, () => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => undefined);
    socket.pause();
    socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return socket;
  });
  const figures = newFigures();
  const agent = new Agent({ keepAlive: true });
  const end = performance.now() + 1000 * seconds;
  let most = 0;
  const watching = (async (): Promise<void> => {
    while (performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 2000));
      most = Math.max(most, memoryOf(exporter.pid));
    }
  })();
  await Promise.all([
    watching,
    ...Array.from({ length: 3 }, () => scrapeUntil(end, 1000, new Scraper(exporter.url, agent, figures))),
  ]);
  for (const socket of sockets) socket.destroy();
  agent.destroy();
  const after = memoryOf(exporter.pid);
  const code = await exporter.stop();
  return `${READERS} clients that never read, ${seconds} s: beside them ${toldFigures(figures)}; ${before.memory} MiB before, ${most} MiB at most, ${after} MiB after; exit code ${code}`;
}

/** MiB that are resident, as ps(1) tells them: the exporter itself may have no place for a client then. */
function memoryOf(pid: number): number {
  return Math.round(Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024);
}
