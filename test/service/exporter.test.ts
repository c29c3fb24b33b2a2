/** Covers: exporter.ts, publication.ts, webApp.ts: what stays, and what changes, when a config is loaded again. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exporter } from '../../src/service/exporter.js';
import type { Publication } from '../../src/service/publication.js';
import { makeApp } from '../../src/service/webApp.js';
import { NamedFiles } from '../../src/config/namedFiles.js';
import type { Format } from '../../src/exposition/formats/format.js';
import { openmetrics } from '../../src/exposition/formats/openmetrics.js';
import { text as textFormat } from '../../src/exposition/formats/text.js';
import type { GroupFilter } from '../../src/exposition/groupFilter.js';
import type { HttpServer } from '../../src/http/server/server.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { sessionOn } from '../support/session.js';
import { Simulated } from '../support/simulated.js';
import { startServer } from '../support/server.js';
import { until } from '../support/until.js';

const first = `
counters:
  - {symbol: dothits, metric: dots, help: H.}
  - {symbol: numneghits, metric: negatives, help: H.}
  - {symbol: no_such_symbol, metric: missing, help: H., optional: true}
`;

describe('Exporter', () => {
  let dir: string;
  let simulated: Simulated;
  let exporter: Exporter;
  let server: HttpServer;
  /** Symbols of which a scraper told after the first that they came up or went down. */
  const changes: string[] = [];

  function write(name: string, yaml: string): void {
    writeFileSync(join(dir, name), `version: 1\n${yaml}`);
  }

  async function text(groups?: GroupFilter): Promise<string> {
    // So that no read of before is shared.
    await sleep(1);
    const { chunks, release } = await exporter.current.publisher.document(textFormat, { groups });
    const all = Buffer.concat(chunks).toString();
    release();
    return all;
  }

  async function get(path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(server.url + path);
    return { status: response.status, text: await response.text() };
  }

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'kcounter-reload-'));
    write('a.yaml', first);
    simulated = await Simulated.open('amd64-14,cpus=4', first);
    const log = createLogger('fatal' as 'error', 'logfmt');
    const files = new NamedFiles([join(dir, '*.yaml')], false);
    const session = sessionOn(simulated.kernel, files, log, { onChange: ({ symbol }) => void changes.push(symbol) });
    exporter = new Exporter(session, [], log);
    const options = { telemetryPath: '/metrics', timeoutOffset: 0.5, enableLifecycle: true, debugAddresses: true };
    server = await startServer(makeApp(exporter, options, log), { host: '127.0.0.1', port: 0 });
  });
  after(async () => {
    await exporter.stop();
    await server.close();
    await simulated.close();
    rmSync(dir, { recursive: true });
  });

  it('takes over what was known of symbols, and counts reads on', async () => {
    await text();
    changes.splice(0);
    const readsOf = (all: string): number => Number(/^kcounter_exporter_kernel_reads_total (\d+)$/m.exec(all)?.[1]);
    const reads = readsOf(await text());
    const since = new Map(exporter.current.scraper.symbols.map((status) => [status.symbol, status.since]));
    await sleep(5);
    write('a.yaml', `${first}  - {symbol: numcachehv, metric: held, help: H.}\n`);
    assert.deepEqual(await exporter.reload(), { isGood: true, text: 'config reloaded' });
    const { symbols } = exporter.current.scraper;
    assert.equal(symbols.length, 4);
    for (const { symbol, since: now } of symbols) {
      if (symbol === 'numcachehv') assert.ok(now > since.get('dothits')!);
      else assert.equal(now, since.get(symbol), symbol);
    }
    assert.deepEqual(changes, [], 'what was down and is down is not told again');
    const after = await text();
    assert.ok(readsOf(after) > reads);
    assert.match(after, /^freebsd_held -?\d+$/m);
  });

  it('never answers with an older read than an answer before, in loops and on demand, while it reloads', async () => {
    const readOf = async ({ publisher }: Publication, format: Format): Promise<number> => {
      const { chunks, release } = await publisher.document(format);
      const all = Buffer.concat(chunks).toString();
      release();
      return Number(/^kcounter_exporter_kernel_reads_total (\d+)$/m.exec(all)?.[1]);
    };
    let newest = 0;
    let answers = 0;
    let reloading = true;
    const ask = async (format: Format): Promise<void> => {
      const held: Publication[] = [];
      while (reloading) {
        // Who began with a config ends with it, so that old publishers are asked, too.
        held.push(exporter.current);
        const read = await readOf(held.length > 3 ? held.shift()! : exporter.current, format);
        assert.ok(read >= newest, `read ${read} after ${newest}`);
        newest = read;
        answers++;
        await sleep(0);
      }
    };
    const askers = Promise.all([ask(textFormat), ask(openmetrics)]);
    const modes = ['scrape: {interval: 100ms}\n', '', 'scrape: {interval: 200ms}\n', 'scrape: {interval: 100ms}\n'];
    for (let round = 0; round < 40; round++) {
      write('a.yaml', modes[round % modes.length]! + first);
      assert.equal((await exporter.reload()).isGood, true);
      await sleep(round % 3);
    }
    reloading = false;
    await askers;
    assert.ok(answers > 80, `${answers} answers`);
  });

  it('puts a new prefix, reader and interval in force, and lets go of what went', async () => {
    write(
      'a.yaml',
      'prefix: bsd_\nreader: direct\nscrape: {interval: 100ms}\ncounters: [{symbol: dothits, metric: dots, help: H.}]\n',
    );
    const old = exporter.current;
    assert.equal((await exporter.reload()).isGood, true);
    const now = await text();
    assert.match(now, /^bsd_dots -?\d+$/m);
    assert.doesNotMatch(now, /freebsd_|negatives|numneghits/);
    assert.match(now, /^kcounter_exporter_reader_info\{reader="direct",/m);
    assert.doesNotMatch(now, /^kcounter_exporter_reader_info\{reader="libkvm",/m);
    const sequenceOf = async (): Promise<number> =>
      Number(/^kcounter_exporter_kernel_reads_total (\d+)$/m.exec(await text())?.[1]);
    const before = await sequenceOf();
    await until(async () => (await sequenceOf()) >= before + 2, 'it reads on its own', 50);

    // Who began with the old config ends with it.
    const { chunks, release } = await old.publisher.document(textFormat);
    assert.match(Buffer.concat(chunks).toString(), /^freebsd_dots -?\d+$/m);
    release();

    write('a.yaml', first);
    assert.equal((await exporter.reload()).isGood, true);
    const stopped = await sequenceOf();
    await sleep(250);
    assert.equal(await sequenceOf(), stopped + 1, 'the loop of the old config has ended');
  });

  it('keeps what it has where the config is bad, and says so in each place', async () => {
    const before = exporter.current;
    write('a.yaml', 'counters: [{symbl: x}]\nother: 1\n');
    const { isGood, text: why } = await exporter.reload();
    assert.equal(isGood, false);
    assert.equal(why.split('\n').length, 3, why);
    assert.match(why, /a\.yaml:2:13: .*did you mean `symbol`/);
    assert.equal(exporter.current, before);
    const now = await text();
    assert.match(now, /^freebsd_dots /m);
    assert.match(now, /^kcounter_exporter_config_last_reload_successful 0$/m);
    assert.match(now, /^kcounter_exporter_config_file_ok\{file=".*a\.yaml"\} 0$/m);

    write('a.yaml', first);
    assert.equal((await exporter.reload()).isGood, true);
    const again = await text();
    assert.match(again, /^kcounter_exporter_config_last_reload_successful 1$/m);
    assert.match(again, /^kcounter_exporter_config_file_ok\{file=".*a\.yaml"\} 1$/m);
    const at = Number(/^kcounter_exporter_config_last_reload_success_timestamp_seconds (\S+)$/m.exec(again)?.[1]);
    assert.ok(Math.abs(at - Date.now() / 1000) < 300, `${at}`);
  });

  it('keeps what it has where no reader can be proven right', async () => {
    const before = exporter.current;
    write('a.yaml', `reader: libkvm\n${first}`);
    simulated.image.lie('vm.stats.sys.v_swtch', 1n << 40n);
    try {
      const { isGood, text: why } = await exporter.reload();
      assert.equal(isGood, false);
      assert.match(why, /v_swtch/);
      assert.equal(exporter.current, before);
      assert.match(await text(), /^freebsd_dots /m);
    } finally {
      simulated.image.lie('vm.stats.sys.v_swtch', 0n);
      write('a.yaml', first);
    }
    assert.equal((await exporter.reload()).isGood, true);
  });

  it('reloads one after the other, and never reads twice at a time', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) => (index % 3 === 0 ? exporter.reload() : text().then(() => undefined))),
    );
    for (const outcome of outcomes) assert.ok(outcome === undefined || outcome.isGood);
  });

  it('publishes the chosen groups only, and its own metrics always', async () => {
    write('b.yaml', 'counters: [{symbol: numcachehv, metric: held, help: H.}]\n');
    assert.equal((await exporter.reload()).isGood, true);
    const kernelSeries = (all: string): string[] =>
      [...all.matchAll(/^(freebsd_\w+?) /gm)].map(([, name]) => name!).sort();
    assert.deepEqual(kernelSeries(await text()), ['freebsd_dots', 'freebsd_held', 'freebsd_negatives']);
    for (const [query, expected] of [
      ['collect[]=b', ['freebsd_held']],
      ['exclude[]=b', ['freebsd_dots', 'freebsd_negatives']],
      ['collect[]=a&collect[]=b', ['freebsd_dots', 'freebsd_held', 'freebsd_negatives']],
    ] as const) {
      const { status, text: all } = await get(`/metrics?${query}`);
      assert.equal(status, 200);
      assert.deepEqual(kernelSeries(all), expected, query);
      assert.match(all, /^kcounter_exporter_build_info/m);
    }
    const unknown = await get('/metrics?collect[]=c');
    assert.deepEqual(unknown, { status: 400, text: 'unknown group "c"; there are a, b\n' });
  });

  it('tells of each group whether all that must be there is read', async () => {
    const pointer = simulated.image.cell('numcachehv');
    assert.match(await text(), /^kcounter_exporter_group_success\{group="a"\} 1$/m);
    simulated.image.setCell('numcachehv', 0, 0n);
    try {
      const down = await text();
      assert.match(down, /^kcounter_exporter_group_success\{group="a"\} 1$/m);
      assert.match(down, /^kcounter_exporter_group_success\{group="b"\} 0$/m);
    } finally {
      simulated.image.setCell('numcachehv', 0, pointer);
    }
    assert.match(await text(), /^kcounter_exporter_group_success\{group="b"\} 1$/m);
  });

  it('tells of each group how many series it gives, and why it gives none', async () => {
    assert.match(await text(), /^kcounter_exporter_group_series\{group="b"\} 5$/m);
    try {
      for (const [symbol, success, reason] of [
        ['no_such_symbol', 1, '<span>none of its symbols exists here</span>'],
        ['pfsyncstats', 0, '<span class="is-down">pfsyncstats: its type is struct pfsyncstats, '],
      ] as const) {
        write('b.yaml', `counters: [{symbol: ${symbol}, metric: held, help: H., optional: true}]\n`);
        assert.equal((await exporter.reload()).isGood, true);
        const all = await text();
        assert.ok(all.includes('\nkcounter_exporter_group_series{group="b"} 0\n'));
        assert.ok(all.includes(`\nkcounter_exporter_group_success{group="b"} ${success}\n`));
        const shown = (await get('/symbols')).text;
        assert.ok(shown.includes(`<p>Nothing of <code>b</code> is read: ${reason}`), shown);
        assert.equal(shown.match(/Nothing of/g)?.length, 1);
      }
    } finally {
      write('b.yaml', 'counters: [{symbol: numcachehv, metric: held, help: H.}]\n');
      assert.equal((await exporter.reload()).isGood, true);
    }
  });

  it('is ready while one symbol is up, and again when one comes back', async () => {
    rmSync(join(dir, 'b.yaml'));
    assert.equal((await exporter.reload()).isGood, true);
    const { image } = simulated;
    const cells = ['dothits', 'numneghits'].map((symbol) => [symbol, image.cell(symbol)] as const);
    assert.equal((await get('/-/ready')).status, 200);
    image.setCell('dothits', 0, 0n);
    assert.equal((await get('/-/ready')).status, 200);
    image.setCell('numneghits', 0, 0n);
    assert.deepEqual(await get('/-/ready'), {
      status: 503,
      text: 'kcounter_exporter is not ready: no symbol of the config can be read\n',
    });
    for (const [symbol, cell] of cells) image.setCell(symbol, 0, cell);
    assert.equal((await get('/-/ready')).status, 200);
  });

  it('shows groups, and addresses only if it was told to', async () => {
    const { address } = simulated.image.symbol('dothits')!;
    const shown = await get('/symbols');
    assert.match(shown.text, /<th scope="col">Address<\/th>/);
    assert.ok(shown.text.includes(`0x${address.toString(16)}`));
    assert.match(shown.text, /<td><code>dothits<\/code><\/td><td>a<\/td>/);
    const options = { telemetryPath: '/metrics', timeoutOffset: 0.5 };
    const log = createLogger('error', 'logfmt');
    const plain = await startServer(makeApp(exporter, options, log), { host: '127.0.0.1', port: 0 });
    try {
      for (const path of ['/symbols', '/', '/config', '/metrics', '/-/ready']) {
        assert.doesNotMatch(await (await fetch(plain.url + path)).text(), /0x[0-9a-f]{6}|Address/, path);
      }
      const reload = await fetch(`${plain.url}/-/reload`, { method: 'POST' });
      assert.equal(reload.status, 403);
      assert.match(await reload.text(), /--web\.enable-lifecycle/);
    } finally {
      await plain.close();
    }
  });

  it('is not ready once the kernel is closed', async () => {
    simulated.kernel.close();
    const { status, text: why } = await get('/-/ready');
    assert.equal(status, 503);
    assert.match(why, /^kcounter_exporter is not ready: the kernel cannot be read: /);
    const scrape = await get('/metrics');
    assert.equal(scrape.status, 503);
  });

  it('reloads once for all who ask before it begins', async () => {
    const running = exporter.reload();
    await Promise.resolve();
    const asked = Array.from({ length: 300 }, () => exporter.reload());
    assert.equal(new Set([running, ...asked]).size, 2);
    const outcomes = await Promise.all([running, ...asked]);
    // The one that ran, and one for the 300.
    assert.equal(new Set(outcomes).size, 2);
    const next = exporter.reload();
    assert.ok(!asked.includes(next));
    await next;
  });
});
