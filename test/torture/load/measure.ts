/** What the scripts of this folder share: clients that keep count of their answers, and the exporter's own memory and files. */
import { request as httpRequest, type Agent as HttpAgent } from 'node:http';
import { request as httpsRequest, type Agent as HttpsAgent } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { parseSamples } from '../../support/exposition.js';

export interface Figures {
  /** Milliseconds that each answered scrape took. */
  readonly times: number[];
  /** Scrapes by status; 0 where there was no answer. */
  readonly statuses: Map<number, number>;
  /** Counters that went back from one answer to a later one. */
  backwards: number;
}

export function newFigures(): Figures {
  return { times: [], statuses: new Map(), backwards: 0 };
}

/** Milliseconds after which a scrape has failed, as in Prometheus by default. */
const TIMEOUT = 10_000;

export class Scraper {
  private before = new Map<string, bigint>();

  constructor(
    private readonly url: string,
    private readonly agent: HttpAgent | HttpsAgent,
    private readonly figures: Figures,
  ) {}

  /** Scrapes once, with gzip, and sees that no counter goes back. */
  async scrape(): Promise<void> {
    const began = performance.now();
    const { status, body } = await this.ask();
    const { statuses, times } = this.figures;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status !== 200) return;
    times.push(performance.now() - began);
    const samples = parseSamples(body);
    for (const [series, value] of samples) {
      // A part may be that of a gauge; the sums of counters only grow in the simulated host.
      if (!/^freebsd_\w+_total(\{|$)/.test(series) || series.includes('cpu="')) continue;
      if (value < (this.before.get(series) ?? 0n)) this.figures.backwards++;
    }
    this.before = samples;
  }

  private ask(): Promise<{ status: number; body: string }> {
    return new Promise((resolve) => {
      const send = this.url.startsWith('https:') ? httpsRequest : httpRequest;
      const none = (): void => {
        resolve({ status: 0, body: '' });
      };
      const sent = send(
        this.url,
        { agent: this.agent, headers: { 'Accept-Encoding': 'gzip' }, timeout: TIMEOUT },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', none);
          response.on('end', () => {
            const bytes = Buffer.concat(chunks);
            const body = response.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
            resolve({ status: response.statusCode ?? 0, body: body.toString() });
          });
        },
      );
      sent.on('timeout', () => sent.destroy());
      sent.on('error', none);
      sent.end();
    });
  }
}

/** Scrapes every `interval` milliseconds until `end`, a time of performance.now(). */
export async function scrapeUntil(end: number, interval: number, scraper: Scraper): Promise<void> {
  // Not all at the same moment.
  await pause(Math.random() * interval);
  while (performance.now() < end) {
    const next = performance.now() + interval;
    await scraper.scrape();
    await pause(Math.max(0, next - performance.now()));
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

export interface Usage {
  /** MiB. */
  readonly memory: number;
  readonly files: number;
}

/** What the exporter tells of itself. */
export async function usageOf(metrics: () => Promise<string>): Promise<Usage> {
  const text = await metrics();
  const number = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    memory: Math.round(number('process_resident_memory_bytes') / 2 ** 20),
    files: number('process_open_fds'),
  };
}

/** Such as `12,000 scrapes: 12,000 × 200; 3.1 ms in the median, 9.0 ms at 99 %, 40 ms at most; 0 counters went back`. */
export function toldFigures({ times, statuses, backwards }: Figures): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.floor(part * (sorted.length - 1))] ?? NaN).toFixed(1);
  const all = [...statuses].map(([status, count]) => `${count.toLocaleString('en')} × ${status || 'no answer'}`);
  const total = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  return `${total.toLocaleString('en')} scrapes: ${all.join(', ')}; ${at(0.5)} ms in the median, ${at(0.99)} ms at 99 %, ${at(1)} ms at most; ${backwards} counters went back`;
}
