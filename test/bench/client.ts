/** Scrapes one server as Prometheus does: over one connection that is kept open, one request after the other. */
import { Agent, get, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';

export type Encoding = 'identity' | 'gzip';

export interface Scrape {
  /** Milliseconds from the request to the last byte of the answer. */
  readonly wall: number;
  /** Of the body as it was sent. */
  readonly bytes: number;
  /** True where the body was packed. */
  readonly packed: boolean;
}

export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly url: string) {}

  close(): void {
    this.agent.destroy();
  }

  async scrape(encoding: Encoding): Promise<Scrape> {
    const start = performance.now();
    const response = await this.request('/metrics', encoding);
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    return {
      wall: performance.now() - start,
      bytes,
      packed: response.headers['content-encoding'] === 'gzip',
    };
  }

  /** How often the exporter has read the kernel, this time included. */
  async kernelReads(): Promise<number> {
    return Number(/^kcounter_exporter_kernel_reads_total (\d+)$/m.exec(await this.text())?.[1]);
  }

  async text(): Promise<string> {
    return (await bodyOf(await this.request('/metrics', 'identity'))).toString();
  }

  /** The lines of the kernel's series: no comments, and nothing that the exporter says about itself. */
  async series(encoding: Encoding = 'identity'): Promise<string[]> {
    const response = await this.request('/metrics', encoding);
    const body = await bodyOf(response);
    const text = response.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    return text
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('freebsd_'));
  }

  /** The number that one of the benchmark's own paths tells. */
  async number(path: string): Promise<number> {
    return Number(await bodyOf(await this.request(path, 'identity')));
  }

  private request(path: string, encoding: Encoding): Promise<IncomingMessage> {
    const headers = { 'Accept-Encoding': encoding };
    return new Promise((resolve, reject) => {
      get(this.url + path, { agent: this.agent, headers }, (response) => {
        if (response.statusCode === 200) resolve(response);
        else reject(new Error(`${this.url}${path} answers ${response.statusCode}`));
      }).on('error', reject);
    });
  }
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
