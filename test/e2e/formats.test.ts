/**
 * Each format as a real Prometheus takes it in: the same read of the kernel in all of them, by targets that give one each, must become the
 * same series with the same values; and what Prometheus negotiates by itself, as it is started by default and as it asks for protobuf.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { RunningExporter } from '../support/exporter.js';
import { skipUnless } from '../support/programs.js';
import { parseProtobuf } from '../support/protobufDocument.js';
import { PrometheusServer } from './prometheusServer.js';

const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
const OPENMETRICS_2 = 'application/openmetrics-text;version=2.0.0';
const accepts = [
  'text/plain;version=0.0.4',
  'text/plain;version=1.0.0',
  'application/openmetrics-text;version=0.0.1',
  'application/openmetrics-text;version=1.0.0',
  OPENMETRICS_2,
  PROTOBUF,
];
/** What stands in a document of its series, of the exporter and of Prometheus itself. */
const KERNEL = 'freebsd_';

interface Answer {
  readonly contentType: string;
  readonly body: Buffer;
}

describe('formats', { skip: skipUnless('prometheus', 'promtool') }, () => {
  let exporter: RunningExporter;
  let withCreated: RunningExporter;
  let large: RunningExporter;
  /** Started by default, and so that it asks for protobuf. */
  let prometheus: PrometheusServer;
  let asking: PrometheusServer;
  const dir = mkdtempSync(join(tmpdir(), 'kcounter-formats-'));
  const servers: Server[] = [];
  const targets: string[] = [];
  /** One for each of `accepts`. */
  let answers: readonly Answer[] = [];
  /** What the second Prometheus got when it scraped through a server that passes everything on. */
  const passedOn: { accept: string; contentType: string; body: Buffer }[] = [];
  let passing: string;

  before(async () => {
    // Read once, the kernel says the same in all documents.
    const once = configured('once', 'version: 1\npacks: [vm, tcp]\nscrape: {interval: 60m}\n');
    exporter = await RunningExporter.start('--simulate=amd64-14,cpus=3,counters=20', `--config.file=${once}`);
    answers = await Promise.all(accepts.map((accept) => ask(exporter.url, accept)));
    for (const answer of answers) {
      const body = ingestible(answer);
      targets.push(
        await serve((_request, response) => {
          response.setHeader('Content-Type', answer.contentType);
          response.end(body);
        }),
      );
    }
    passing = await serve((request, response) => {
      const accept = request.headers.accept ?? '';
      const headers = { Accept: accept, 'Accept-Encoding': 'gzip' };
      void fetch(exporter.url, { headers }).then(async (answer) => {
        // What it packed, fetch has unpacked.
        assert.equal(answer.headers.get('content-encoding'), 'gzip');
        const contentType = answer.headers.get('content-type')!;
        const body = Buffer.from(await answer.arrayBuffer());
        passedOn.push({ accept, contentType, body });
        response.setHeader('Content-Type', contentType);
        response.end(body);
      });
    });
    const created = configured('created', 'version: 1\npacks: [vm]\nopenmetrics: {created: true}\n');
    withCreated = await RunningExporter.start('--simulate=amd64-14,cpus=2', `--config.file=${created}`);
    large = await RunningExporter.start('--simulate=amd64-14,cpus=64,counters=100');
    const [createdHost, largeHost] = [withCreated, large].map(({ url }) => new URL(url).host);
    prometheus = await PrometheusServer.startOn({ config: scraping([...targets, createdHost!, largeHost!]) });
    asking = await PrometheusServer.startOn({
      config: scraping([passing, largeHost!]),
      flags: ['--enable-feature=native-histograms'],
    });
    await prometheus.untilScraped(targets.length + 2, 2);
    await asking.untilScraped(2, 2);
  });
  after(async () => {
    await prometheus.stop();
    await asking.stop();
    for (const server of servers) server.close();
    await exporter.stop();
    await withCreated.stop();
    await large.stop();
    rmSync(dir, { recursive: true });
  });

  function configured(name: string, text: string): string {
    const path = join(dir, `${name}.yaml`);
    writeFileSync(path, text);
    return path;
  }

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** The kernel's series that were taken in of a target, by name and labels. */
  async function seriesOf(from: PrometheusServer, instance: string): Promise<Map<string, number>> {
    const found = await from.query(`{__name__=~"${KERNEL}.+",instance="${instance}"}`);
    return new Map(found.map(({ labels, value }) => [keyOf(labels), value]));
  }

  it('says what it gives', () => {
    assert.deepEqual(
      answers.map(({ contentType }) => contentType),
      [
        'text/plain; version=0.0.4; charset=utf-8',
        'text/plain; version=1.0.0; charset=utf-8; escaping=underscores',
        'application/openmetrics-text; version=0.0.1; charset=utf-8',
        'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
        'application/openmetrics-text; version=2.0.0; charset=utf-8',
        'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
      ],
    );
  });

  for (const [index, accept] of accepts.entries()) {
    it(`becomes the series and values that the text says: ${accept}`, async (context) => {
      const instance = targets[index]!;
      assert.deepEqual(
        await prometheus.samples(`up{instance="${instance}"}[1h]`).then((all) => new Set(all)),
        new Set([1]),
      );
      const expected = samplesOf(answers[0]!.body.toString());
      const kernel = new Map([...expected].filter(([key]) => key.includes(`"${KERNEL}`)));
      assert.ok(kernel.size > 200);
      assert.deepEqual(await seriesOf(prometheus, instance), kernel);
      const [taken] = await prometheus.query(`scrape_samples_scraped{instance="${instance}"}`);
      context.diagnostic(
        `${taken!.value} samples in ${answers[index]!.body.length} bytes, ${kernel.size} of the kernel`,
      );
      assert.equal(taken!.value, expected.size);
    });
  }

  it('is protobuf for a Prometheus that asks for it, packed, and says the same', async () => {
    const { accept, contentType, body } = passedOn.at(-1)!;
    assert.match(accept, /^application\/vnd\.google\.protobuf;/);
    assert.equal(contentType, answers.at(-1)!.contentType);
    const sent = new Map(
      parseProtobuf(body)
        .filter(({ name }) => name.startsWith(KERNEL))
        .flatMap(({ name, samples }) =>
          samples.map(({ labels, value }) => [keyOf({ __name__: name, ...Object.fromEntries(labels) }), value]),
        ),
    );
    assert.ok(sent.size > 200);
    assert.deepEqual(await seriesOf(asking, passing), sent);
    const kernelPart = (document: Buffer): Buffer => document.subarray(0, document.indexOf('kcounter_exporter_'));
    assert.deepEqual(kernelPart(body), kernelPart(answers.at(-1)!.body), 'byte by byte');
  });

  it('tells Prometheus the types and helps, in each format', async () => {
    const metadata = async (instance: string): Promise<unknown[]> => {
      const path = `/api/v1/targets/metadata?match_target=${encodeURIComponent(`{instance="${instance}"}`)}`;
      const { data } = (await (await fetch(prometheus.url + path)).json()) as {
        data: { metric: string; type: string; help: string }[];
      };
      return data
        .filter(({ metric }) => metric.startsWith(KERNEL))
        .map(({ metric, type, help }) => [metric.replace(/_total$/, ''), type, help])
        .sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
    };
    const [first, ...others] = await Promise.all(targets.map(metadata));
    assert.ok(first!.length > 100);
    for (const [index, other] of others.entries()) assert.deepEqual(other, first, accepts[index + 1]);
  });

  it('is taken in by Prometheus when it is so large that the exporter deflates it itself', async (context) => {
    const instance = `{instance="${new URL(large.url).host}"}`;
    for (const [server, accept] of [
      [prometheus, accepts[3]!],
      [asking, PROTOBUF],
    ] as const) {
      const { contentType, body, packed } = await askPacked(large.url, accept);
      const published =
        accept === PROTOBUF
          ? parseProtobuf(body).reduce((sum, { samples }) => sum + samples.length, 0)
          : samplesOf(body.toString()).size;
      assert.deepEqual(new Set(await server.samples(`up${instance}[1h]`)), new Set([1]));
      const [taken] = await server.query(`scrape_samples_scraped${instance}`);
      assert.equal(taken?.value, published);
      for (const counter of [0, 7, 99]) {
        const parts = `sum without (cpu) (freebsd_sim_${counter}_per_cpu_total${instance})`;
        const [difference] = await server.query(`${parts} - freebsd_sim_${counter}_total${instance}`);
        assert.equal(difference?.value, 0);
      }
      context.diagnostic(`${contentType}: ${taken.value} samples in ${packed} bytes, of ${body.length}`);
    }
  });

  it('tells since when counters count where the config wants it in lines', async () => {
    const [switches] = await prometheus.query('freebsd_vm_context_switches_created');
    assert.equal(switches?.labels['instance'], new URL(withCreated.url).host);
    // The simulated host has been up for some days.
    assert.ok(switches.value < Date.now() / 1000 - 86_400);
  });

  it('tells in samples since when counters count: the same in OpenMetrics 2.0 and protobuf', () => {
    const ofText = new Set(answers[4]!.body.toString().match(/ st@\S+/g));
    const ofProtobuf = new Set(
      parseProtobuf(answers[5]!.body).flatMap(({ samples }) => samples.flatMap(({ start }) => start ?? [])),
    );
    assert.equal(ofText.size, 1);
    assert.deepEqual(ofText, new Set([...ofProtobuf].map((start) => ` st@${start}`)));
    assert.ok(Number([...ofProtobuf][0]) < Date.now() / 1000 - 86_400);
  });

  it('is clean for promtool in the text format, and ends where OpenMetrics has to', () => {
    assert.deepEqual(
      answers.map(({ body }) => body.toString().endsWith('\n# EOF\n')),
      [false, false, true, true, true, false],
    );
    for (const { body } of answers.slice(0, 2)) {
      assert.equal(execFileSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' }), '');
    }
  });
});

/** A config of Prometheus. It gives up after as long as it waits between scrapes: of a busy machine, that takes its time. */
function scraping(targets: readonly string[]): string {
  const job = { job_name: 'kcounter', static_configs: [{ targets }] };
  return JSON.stringify({ global: { scrape_interval: '5s', scrape_timeout: '5s' }, scrape_configs: [job] });
}

async function ask(url: string, accept: string): Promise<Answer> {
  const answer = await fetch(url, { headers: { Accept: accept } });
  return { contentType: answer.headers.get('content-type')!, body: Buffer.from(await answer.arrayBuffer()) };
}

/** With the length of what went over the wire. */
async function askPacked(url: string, accept: string): Promise<Answer & { readonly packed: number }> {
  const answer = await fetch(url, { headers: { Accept: accept, 'Accept-Encoding': 'gzip' } });
  assert.equal(answer.headers.get('content-encoding'), 'gzip');
  const length = answer.headers.get('content-length');
  assert.ok(length !== null);
  const body = Buffer.from(await answer.arrayBuffer());
  return { contentType: answer.headers.get('content-type')!, body, packed: Number(length) };
}

/** Prometheus 2.42 takes OpenMetrics 2.0 for 1.0, to which starts are an error, and units that stand before `_total`; all else it reads. */
function ingestible({ contentType, body }: Answer): Buffer {
  if (!contentType.includes('version=2.0.0')) return body;
  return Buffer.from(body.toString().replaceAll(/ st@[\d.]+$|^# UNIT \S+_total .*\n/gm, ''));
}

/** Of a text document, by name and labels. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name, set = '', value] = /^([^{ ]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? assert.fail(line);
      const pairs = [...set.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, quoted]) => [label, quoted]);
      return [keyOf({ __name__: name!, ...(Object.fromEntries(pairs) as Record<string, string>) }), Number(value)];
    }),
  );
}

/** What tells a series from others; of where it was scraped, nothing. */
function keyOf(labels: Readonly<Record<string, string>>): string {
  const own = Object.entries(labels).filter(([name]) => name !== 'instance' && name !== 'job');
  return JSON.stringify(own.sort(([a], [b]) => (a < b ? -1 : 1)));
}
