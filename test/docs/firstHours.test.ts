/** Covers: docs/first-hours.md: its commands and flags are the program's, its files are there, and its config's symbols are a kernel's. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../src/packageRoot.js';
import { write } from '../config/files.js';
import { rulesOf } from '../deploy/prometheus/ruleFiles.js';
import { runExporter } from '../support/exporter.js';

const text = readFileSync(join(packageRoot, 'docs', 'first-hours.md'), 'utf8');

/** The commands of its shell blocks, each by its words, without what it is said to show. */
const commands = [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block]) =>
  block!
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').replace(/^\(|\)$/g, ''))
    .flatMap((line) => line.split(/ (?:&&|\|) /))
    .filter((command) => command !== '')
    .map((command) => command.trim().split(/\s+/)),
);

/** The words behind `kcounter_exporter`, wherever that was installed, or behind an older one's main.js. */
const calls = commands.flatMap((words) => {
  const at = words.findIndex((word) => /(?:^|\/)kcounter_exporter$|^old\/dist\/main\.js$/.test(word));
  return at < 0 || ['git', 'cd', 'vi', 'man'].includes(words[0]!) || words[0]!.startsWith('/')
    ? []
    : [words.slice(at + 1)];
});

describe('docs/first-hours.md', () => {
  it('calls commands of the program, with flags that each of them has', () => {
    assert.ok(calls.length >= 12, String(calls.length));
    const helps = new Map<string, string>();
    for (const words of calls) {
      const command = words[0]!.startsWith('-') ? 'serve' : words[0]!;
      let help = helps.get(command);
      if (help === undefined) {
        const { code, stdout } = runExporter(command, '--help');
        assert.equal(code, 0, command);
        assert.match(stdout, new RegExp(`^Usage: kcounter_exporter ${command} `));
        helps.set(command, (help = stdout));
      }
      for (const flag of words.filter((word) => word.startsWith('--'))) {
        const [name] = flag.split('=');
        assert.match(help, new RegExp(`^ +(?:-\\w, )?${name!} `, 'm'), words.join(' '));
      }
    }
  });

  it('names scripts of npm and files that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const run = commands.filter(([npm, verb]) => npm === 'npm' && verb === 'run').map(([, , script]) => script!);
    assert.ok(run.length > 0);
    for (const script of run) assert.ok(script in scripts, script);
    // Also in an unpacked package, and in the folder that the lines before lead to.
    const files = commands.flatMap((words) =>
      words.flatMap((word) => {
        const ours = /^(?:package\/)?(deploy\/\S+)$/.exec(word)?.[1];
        const config = /^(?:--config\.file=)?((?:prometheus|fleet|agent)\.yml)$/.exec(word)?.[1];
        return ours ?? (config === undefined ? [] : `deploy/prometheus/${config}`);
      }),
    );
    assert.ok(files.length >= 6, files.join(' '));
    for (const file of files) assert.ok(existsSync(join(packageRoot, file)), file);
  });

  it('asks for alerts that there are', () => {
    const alerts = new Set(rulesOf('alerts.rules.yml').map(({ alert }) => alert));
    const named = [...text.matchAll(/\b(?:FreeBSD|Kcounter)[A-Z]\w+/g)].map(([name]) => name);
    assert.ok(named.length > 3);
    for (const name of named) assert.ok(alerts.has(name), name);
  });

  it('shows a config of which a kernel has all, and whose two ways to a counter lead to one number', () => {
    const [, config] = /```yaml\n(version: 1\n.*?)```/s.exec(text)!;
    const flags = ['--simulate=amd64-14,cpus=2', `--config.file=${write(config!)}`];
    const check = runExporter('check', '--symbols', ...flags);
    assert.equal(check.code, 0, check.stderr);
    const { stdout } = runExporter('print', '--log.level=error', ...flags);
    const value = (name: string): number => Number(new RegExp(`^freebsd_${name} (\\d+)$`, 'm').exec(stdout)?.[1]);
    const byName = value('namecache_negative_hits_total');
    // The counter goes on between the two reads of one scrape.
    assert.ok(Math.abs(byName - value('negative_hits_by_number_total')) < byName / 1000, String(byName));
    for (const series of ['netisr_drops_total{protocol="ip"}', 'clock_ticks_per_cpu{cpu="1"}', 'ip_total'])
      assert.ok(stdout.includes(`\nfreebsd_${series} `), series);
  });
});
