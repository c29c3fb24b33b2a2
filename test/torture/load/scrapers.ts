/** Two hundred scrapers, each with a TLS connection that it keeps, taking gzip once a second. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Certificates } from '../../support/certificates.js';
import { RunningExporter } from '../../support/exporter.js';
import { newFigures, Scraper, scrapeUntil, toldFigures, usageOf } from './measure.js';

const SCRAPERS = 200;

export async function scrapers(seconds: number): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-load-'));
  try {
    const { cert, key } = new Certificates(dir).signed('server', 'serverAuth', 'IP:127.0.0.1');
    const web = join(dir, 'web.yml');
    writeFileSync(web, `tls_server_config: {cert_file: ${cert}, key_file: ${key}}\n`);
    const exporter = await RunningExporter.start(
      '--simulate=amd64-14,cpus=16',
      `--web.config.file=${web}`,
      '--web.max-requests=0',
    );
    const figures = newFigures();
    const end = performance.now() + 1000 * seconds;
    const agents = Array.from(
      { length: SCRAPERS },
      () => new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false }),
    );
    await Promise.all(agents.map((agent) => scrapeUntil(end, 1000, new Scraper(exporter.url, agent, figures))));
    // One more, to be asked for what the exporter tells of itself.
    const usage = await usageOf(() => textOf(exporter.url, agents[0]!));
    for (const agent of agents) agent.destroy();
    const code = await exporter.stop();
    return `${SCRAPERS} scrapers, TLS, gzip, ${seconds} s: ${toldFigures(figures)}; ${usage.memory} MiB; exit code ${code}`;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function textOf(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve(text);
      });
    }).on('error', reject);
  });
}
