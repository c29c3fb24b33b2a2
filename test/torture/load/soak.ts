/** Scrapes, live streams and reloads for a long time: memory and open files must not grow. */
import { Agent, get } from 'node:http';
import { RunningExporter } from '../../support/exporter.js';
import { newFigures, pause, Scraper, scrapeUntil, toldFigures, usageOf, type Usage } from './measure.js';

/** Seconds from one look at the memory to the next. */
const LOOK = 15;

export async function soak(seconds: number): Promise<string> {
  const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=16,counters=500');
  const figures = newFigures();
  const agent = new Agent({ keepAlive: true });
  const end = performance.now() + 1000 * seconds;
  const looks: Usage[] = [];
  const looking = (async (): Promise<void> => {
    while (performance.now() < end) {
      await pause(Math.min(1000 * LOOK, Math.max(0, end - performance.now())));
      looks.push(await usageOf(() => exporter.metrics()));
    }
  })();
  const reloading = (async (): Promise<void> => {
    while (performance.now() < end) {
      await pause(Math.min(60_000, Math.max(0, end - performance.now())));
      exporter.signal('SIGHUP');
    }
  })();
  const watching = (async (): Promise<void> => {
    while (performance.now() < end) await watchLive(new URL(exporter.url).origin, 5000);
  })();
  await Promise.all([
    looking,
    reloading,
    watching,
    ...Array.from({ length: 10 }, () => scrapeUntil(end, 1000, new Scraper(exporter.url, agent, figures))),
  ]);
  agent.destroy();
  const code = await exporter.stop();
  return `soak of ${Math.round(seconds / 60)} min: ${toldFigures(figures)}; memory ${trend(looks.map(({ memory }) => memory))} MiB, open files ${trend(looks.map(({ files }) => files))}; exit code ${code}`;
}

/** The mean of each quarter of the time: flat where the last three are alike. */
function trend(values: readonly number[]): string {
  const quarter = Math.max(1, Math.floor(values.length / 4));
  const means = [0, 1, 2, 3].map((nth) => {
    const part = values.slice(nth * quarter, (nth + 1) * quarter);
    return Math.round(part.reduce((sum, value) => sum + value, 0) / Math.max(1, part.length));
  });
  return means.join(' → ');
}

/** One live page for a while. */
function watchLive(origin: string, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const sent = get(`${origin}/-/live`, { agent: false }, (response) => {
      response.resume();
      response.on('error', () => undefined);
    });
    sent.on('error', () => undefined);
    setTimeout(() => {
      sent.destroy();
      resolve();
    }, milliseconds);
  });
}
