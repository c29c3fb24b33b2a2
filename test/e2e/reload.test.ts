/** Covers: reloads by SIGHUP and by POST while scrapes go on, config files by globs, and metrics about the process. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunningExporter, runExporter } from '../support/exporter.js';
import { soon, until } from '../support/until.js';

const SCRAPERS = 50;
const RELOADS = 10;
const METRICS = 200;
const CPUS = 4;

const dir = mkdtempSync(join(tmpdir(), 'kcounter-reload-'));
after(() => {
  rmSync(dir, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

/** Many metrics whose names tell which config they come from. */
function generation(number: number): string {
  const entries = Array.from(
    { length: METRICS },
    (_, index) => `  - {symbol: dothits, metric: generation${number}_${index}, help: H.}\n`,
  );
  return `version: 1\ncounters:\n${entries.join('')}`;
}

/** The generations in a document, each with how many of its series are there. */
function generationsIn(text: string): Map<number, number> {
  const found = new Map<number, number>();
  for (const [, number] of text.matchAll(/^freebsd_generation(\d+)_\d+(?:_per_cpu)?[ {]/gm)) {
    found.set(Number(number), (found.get(Number(number)) ?? 0) + 1);
  }
  return found;
}

const bad = 'version: 1\ncounters:\n  - {symbl: dothits, metric: x, help: H.}\n  - {symbol: y, metric: z, cpu: 3}\n';

describe('reload', () => {
  it('fails no scrape of fifty scrapers and mixes nothing, whether the new config is good or bad', async (t) => {
    const file = write('swap.yaml', generation(0));
    const exporter = await RunningExporter.start(
      `--simulate=amd64-14,cpus=${CPUS}`,
      `--config.file=${file}`,
      '--web.enable-lifecycle',
      '--web.max-requests=0',
    );
    let running = true;
    let scrapes = 0;
    let slowest = 0;
    const seen = new Set<number>();
    const scraper = async (): Promise<void> => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      let newest = 0;
      while (running) {
        const start = performance.now();
        const { status, text } = await get(exporter.url, agent);
        slowest = Math.max(slowest, performance.now() - start);
        assert.equal(status, 200, text);
        const [only, ...others] = generationsIn(text);
        assert.deepEqual(others, [], 'one config only');
        assert.equal(only![1], METRICS * (1 + CPUS), 'all of its series');
        assert.ok(only![0] >= newest, 'no way back');
        newest = only![0];
        seen.add(newest);
        scrapes++;
      }
      agent.destroy();
    };
    try {
      const scrapers = Array.from({ length: SCRAPERS }, () => scraper());
      const reload = new URL('/-/reload', exporter.url);
      let longest = 0;
      for (let number = 1; number <= RELOADS; number++) {
        write('swap.yaml', bad);
        const refused = await fetch(reload, { method: 'POST' });
        assert.equal(refused.status, 500);
        const lines = (await refused.text()).trimEnd().split('\n');
        assert.equal(lines.length, 3, lines.join('\n'));
        assert.match(lines[1]!, /swap\.yaml:3:\d+: .*symbl.*did you mean `symbol`/);
        assert.deepEqual([...generationsIn(await exporter.metrics()).keys()], [number - 1]);

        write('swap.yaml', generation(number));
        const start = performance.now();
        const done = await fetch(reload, { method: 'POST' });
        longest = Math.max(longest, performance.now() - start);
        assert.deepEqual([done.status, await done.text()], [200, 'config reloaded\n']);
        assert.deepEqual([...generationsIn(await exporter.metrics()).keys()], [number], 'what went is gone at once');
      }
      await until(
        () => scrapes > RELOADS * SCRAPERS,
        () => `${scrapes} scrapes`,
      );
      running = false;
      await Promise.all(scrapers);
      for (const line of [/msg="config reloaded"/, /msg="config not reloaded.* error=".*symbl/]) {
        assert.match(exporter.log, line);
      }
      t.diagnostic(
        `${RELOADS} good and ${RELOADS} bad reloads, ${scrapes} scrapes by ${SCRAPERS} scrapers, 0 failed, ` +
          `${seen.size} configs seen; slowest scrape ${slowest.toFixed(0)} ms, slowest reload ${longest.toFixed(0)} ms`,
      );
    } finally {
      running = false;
      assert.equal(await exporter.stop(), 0);
    }
  });

  it('comes by SIGHUP without --web.enable-lifecycle, which POST needs', async () => {
    const file = write('hup.yaml', generation(0));
    const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=2', `--config.file=${file}`);
    try {
      const refused = await fetch(new URL('/-/reload', exporter.url), { method: 'POST' });
      assert.equal(refused.status, 403);
      assert.match(refused.headers.get('content-type')!, /^text\/plain/);
      assert.match(await refused.text(), /--web\.enable-lifecycle/);

      write('hup.yaml', generation(1));
      exporter.signal('SIGHUP');
      await until(() => exporter.log.includes('config reloaded'), 'the reload');
      assert.deepEqual([...generationsIn(await exporter.metrics()).keys()], [1]);

      write('hup.yaml', bad);
      exporter.signal('SIGHUP');
      await until(() => exporter.log.includes('config not reloaded'), 'the refusal');
      const text = await exporter.metrics();
      assert.deepEqual([...generationsIn(text).keys()], [1]);
      assert.match(text, /^kcounter_exporter_config_last_reload_successful 0$/m);
    } finally {
      assert.equal(await exporter.stop(), 0);
    }
  });
});

describe('config files', () => {
  const one = (metric: string): string => `version: 1\ncounters:\n  - {symbol: dothits, metric: ${metric}, help: H.}\n`;

  it('are found by globs, again at each reload; a bad one is left out, and a metric and the log say so', async () => {
    const folder = join(dir, 'conf.d');
    mkdirSync(folder);
    write('conf.d/10-good.yaml', one('good'));
    write('conf.d/20-bad.yaml', bad);
    const clash = write('conf.d/30-clash.yaml', one('good'));
    write('conf.d/40-too.yaml', one('too'));
    write('conf.d/50-no.txt', 'nothing\n');
    const pattern = join(folder, '*.yaml');
    const exporter = await RunningExporter.start(
      '--simulate=amd64-14,cpus=2',
      `--config.file=${write('main.yaml', one('main'))}`,
      `--config.file=${pattern}`,
      '--web.enable-lifecycle',
    );
    const reload = async (): Promise<string> => {
      const response = await fetch(new URL('/-/reload', exporter.url), { method: 'POST' });
      assert.equal(response.status, 200);
      return response.text();
    };
    const state = async (): Promise<{ metrics: string[]; files: Record<string, string> }> => {
      const text = await exporter.metrics();
      const files = text.matchAll(/^kcounter_exporter_config_file_ok\{file=".*\/([^/]+)\.yaml"\} (\d)$/gm);
      return {
        metrics: [...text.matchAll(/^freebsd_(\w+) \d+$/gm)].map(([, name]) => name!),
        files: Object.fromEntries([...files].map(([, name, ok]) => [name!, ok!])),
      };
    };
    try {
      assert.deepEqual(await state(), {
        metrics: ['main', 'good', 'too'],
        files: { main: '1', '10-good': '1', '20-bad': '0', '30-clash': '0', '40-too': '1' },
      });
      assert.equal(exporter.log.match(/config file is bad and left out/g)?.length, 2);
      assert.match(exporter.log, /left out" file=\S+20-bad\.yaml error=".*20-bad\.yaml:3:\d+: .*symbl.*cpu: found/);
      assert.match(
        exporter.log,
        /left out" file=\S+30-clash\.yaml error=".*freebsd_good.* a second time.*10-good\.yaml:3/,
      );

      write('conf.d/20-bad.yaml', one('mended'));
      write('conf.d/60-new.yaml', one('new'));
      rmSync(join(folder, '40-too.yaml'));
      assert.match(await reload(), /^config reloaded, but for 1 of 5 files:\n.*30-clash\.yaml:3:\d+: /);
      assert.deepEqual(await state(), {
        metrics: ['main', 'good', 'mended', 'new'],
        files: { main: '1', '10-good': '1', '20-bad': '1', '30-clash': '0', '60-new': '1' },
      });
      // What was in its way goes.
      rmSync(join(folder, '10-good.yaml'));
      assert.equal(await reload(), 'config reloaded\n');
      assert.deepEqual((await state()).metrics, ['main', 'mended', 'good', 'new']);
    } finally {
      assert.equal(await exporter.stop(), 0);
    }

    const checked = runExporter('check', `--config.file=${pattern}`);
    assert.equal(checked.code, 0, checked.stderr);
    write('conf.d/10-good.yaml', bad);
    write('conf.d/70-worse.yaml', 'version: 2\n');
    const { code, stderr } = runExporter('check', `--config.file=${pattern}`);
    assert.equal(code, 1);
    for (const file of ['10-good', '70-worse']) assert.match(stderr, new RegExp(`${file}\\.yaml:\\d+:\\d+: `));
    assert.doesNotMatch(stderr, /30-clash/);

    const strict = runExporter('print', '--simulate', `--config.file=${pattern}`, '--config.strict');
    assert.equal(strict.code, 1);
    assert.match(strict.stderr, /10-good\.yaml:3/);
    const lax = runExporter('print', '--simulate', `--config.file=${pattern}`);
    assert.equal(lax.code, 0);
    assert.match(lax.stdout, /^freebsd_new \d+$/m);
    const none = runExporter('print', '--simulate', `--config.file=${clash}`, `--config.file=${join(folder, '*.yml')}`);
    assert.equal(none.code, 0, none.stderr);
  });

  it('end the start with 1 where none is good, or none is there', () => {
    const first = write('first.yaml', bad);
    const second = write('second.yaml', '');
    const both = runExporter('--simulate', `--config.file=${first}`, `--config.file=${second}`);
    assert.equal(both.code, 1);
    assert.match(both.stderr, /first\.yaml:3:[^]*second\.yaml:1:1: /);
    const empty = runExporter('--simulate', `--config.file=${join(dir, '*.none')}`);
    assert.equal(empty.code, 1);
    assert.match(empty.stderr, /\*\.none: no file matches/);
    const nowhere = runExporter('--simulate', `--config.file=${join(dir, 'nowhere', '*.yaml')}`);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /the folder of \*\.yaml cannot be read/);
  });
});

describe('own metrics', () => {
  it('have the process and the event loop in them, unless that is switched off', async () => {
    const names = ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_start_time_seconds'];
    names.push('kcounter_exporter_event_loop_lag_seconds');
    names.push('promhttp_metric_handler_requests_in_flight', 'process_max_fds');
    if (process.platform === 'linux') names.push('process_open_fds', 'process_virtual_memory_bytes');
    const exporter = await RunningExporter.start('--simulate');
    try {
      await sleep(100);
      const text = await exporter.metrics();
      for (const name of names) {
        const value = Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
        assert.ok(value >= 0, `${name} ${value}`);
      }
      const start = Number(/^process_start_time_seconds (\S+)$/m.exec(text)?.[1]);
      assert.ok(Math.abs(start - Date.now() / 1000) < 600, `${start}`);
    } finally {
      assert.equal(await exporter.stop(), 0);
    }
    const without = await RunningExporter.start('--simulate', '--web.disable-exporter-metrics');
    try {
      const text = await without.metrics();
      for (const name of names) assert.doesNotMatch(text, new RegExp(name));
      assert.match(text, /^kcounter_exporter_build_info/m);
    } finally {
      assert.equal(await without.stop(), 0);
    }
  });
});

async function get(url: string, agent: Agent): Promise<{ status: number | undefined; text: string }> {
  const asked = request(url, { agent }).end();
  const [response] = (await soon(once(asked, 'response'), 'an answer')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, text: Buffer.concat(chunks).toString() };
}
