/** Five hundred clients that ask for the live stream, and scrapers beside them. */
import { Agent, get } from 'node:http';
import { RunningExporter } from '../../support/exporter.js';
import { newFigures, Scraper, scrapeUntil, toldFigures, usageOf } from './measure.js';

const STREAMS = 500;

export async function streams(seconds: number): Promise<string> {
  const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=16');
  const before = await usageOf(() => exporter.metrics());
  const agent = new Agent({ maxSockets: Infinity });
  const { origin } = new URL(exporter.url);
  const statuses = new Map<number, number>();
  let events = 0;
  for (let i = 0; i < STREAMS; i++) {
    get(`${origin}/-/live`, { agent }, (response) => {
      const status = response.statusCode ?? 0;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      response.on('error', () => undefined);
      response.on('data', (chunk: Buffer) => {
        events += chunk.toString('latin1').split('\n\n').length - 1;
      });
    }).on('error', () => undefined);
  }
  const figures = newFigures();
  const scraping = new Agent({ keepAlive: true });
  const end = performance.now() + 1000 * seconds;
  await Promise.all(
    Array.from({ length: 5 }, () => scrapeUntil(end, 1000, new Scraper(exporter.url, scraping, figures))),
  );
  const after = await usageOf(() => exporter.metrics());
  agent.destroy();
  scraping.destroy();
  const code = await exporter.stop();
  const told = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
  return `${STREAMS} live streams asked for, ${seconds} s: ${told}, ${events.toLocaleString('en')} events; beside them ${toldFigures(figures)}; ${before.memory} → ${after.memory} MiB; exit code ${code}`;
}
