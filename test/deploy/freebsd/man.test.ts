/** Covers: man/: the manual pages are valid, and name every command, flag, metric and key that there is. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkSession } from '../../../src/commands/check.js';
import { loadConfig } from '../../../src/config/load.js';
import { packageRoot } from '../../../src/packageRoot.js';
import { runExporter, RunningExporter } from '../../support/exporter.js';
import { printed, told, withSession } from '../../support/opened.js';
import { skipUnless } from '../../support/programs.js';

const pages = ['kcounter_exporter.8', 'kcounter.yaml.5'].map((name) => join(packageRoot, 'deploy/freebsd/man', name));
const [commandPage, configPage] = pages.map((page) => readFileSync(page, 'utf8')) as [string, string];

/** The words that the items of a page's lists begin with, after one of its macros. */
function items(page: string, macro: string): string[] {
  return [...page.matchAll(new RegExp(`^\\.It ${macro} (.*)$`, 'gm'))].flatMap(([, words]) => words!.split(/[ ,]+/));
}

describe('the manual pages', { skip: skipUnless('mandoc') }, () => {
  for (const page of pages) {
    it(`have no fault that mandoc finds: ${page.slice(packageRoot.length + 1)}`, () => {
      const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'style', page], { encoding: 'utf8' });
      // The pages referred to are FreeBSD's.
      const faults = stdout.split('\n').filter((line) => line !== '' && !line.includes('referenced manual not found'));
      assert.deepEqual(faults, []);
      assert.equal(spawnSync('mandoc', ['-T', 'ascii', page]).status, 0);
    });
  }
});

describe('kcounter_exporter(8)', () => {
  const commands = [...runExporter('--help').stdout.matchAll(/^ {2}(\w+) .*(?:\[options\]|<shell>|\[command\])/gm)].map(
    ([, command]) => command!,
  );
  const known = [[], ...commands.filter((command) => command !== 'help').map((command) => [command])].flatMap((words) =>
    [...runExporter(...words, '--help').stdout.matchAll(/^ {2}(?:-\w, )?--(\S+)/gm)].map(([, option]) => option!),
  );

  it('has every command', () => {
    assert.ok(commands.length >= 9, commands.join(' '));
    const listed = items(commandPage, 'Cm');
    assert.deepEqual(
      commands.filter((command) => !listed.includes(command)),
      [],
    );
  });

  it('has every flag of every command, and no other', () => {
    assert.ok(known.length >= 40, known.join(' '));
    const listed = items(commandPage, 'Fl').flatMap((word) => /^-(.+)/.exec(word)?.[1] ?? []);
    assert.deepEqual([...new Set(listed)].sort(), [...new Set(known)].sort());
  });

  it("has every metric of the exporter's own", async () => {
    const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=2');
    try {
      const own = [...(await exporter.metrics()).matchAll(/^# TYPE (kcounter_exporter_\w+)/gm)].map(
        ([, name]) => name!,
      );
      assert.ok(own.length >= 15, own.join(' '));
      const listed = items(commandPage, 'Va').filter((name) => name.startsWith('kcounter_exporter_'));
      assert.deepEqual(
        own.filter((name) => !listed.includes(name)),
        [],
      );
    } finally {
      await exporter.stop();
    }
  });

  it('has every variable of rc.conf(5) that the rc.d script knows', () => {
    const script = 'deploy/freebsd/port/sysutils/kcounter_exporter/files/kcounter_exporter.in';
    const variables = [...readFileSync(join(packageRoot, script), 'utf8').matchAll(/^: "\$\{(\w+):=/gm)];
    assert.equal(variables.length, 6);
    const listed = items(commandPage, 'Va');
    for (const [, variable] of variables) assert.ok(listed.includes(variable!), variable);
  });
});

describe('kcounter.yaml(5)', () => {
  it('has every key of the schema, and no other', () => {
    const schema = JSON.parse(readFileSync(join(packageRoot, 'config/kcounter.schema.json'), 'utf8')) as unknown;
    const keys = new Set(keysOf(schema));
    assert.ok(keys.size >= 25);
    assert.deepEqual([...new Set(items(configPage, 'Ic'))].sort(), [...keys].sort());
  });

  it('shows examples that are good, of which a kernel that has what they name reads all', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'kcounter-man-'));
    try {
      const [, ...examples] = [...configPage.matchAll(/^\.Bd -literal\n(.*?)^\.Ed$/gms)].map(([, text]) => text!);
      assert.equal(examples.length, 3);
      const files = examples.map((text, index) => {
        const file = join(dir, `${index}.yaml`);
        writeFileSync(file, text);
        assert.ok(loadConfig([file]).entries.length > 0);
        return file;
      });
      const kernel = 'amd64-14,cpus=2,jails=2';
      const [{ stdout, error }, document] = await withSession(kernel, files.slice(0, 1), async (session) => [
        await told((print) => checkSession(session, {}, print)),
        await printed(session),
      ]);
      assert.equal(error, undefined, stdout);
      for (const symbol of ['ifnet', 'kmemstatistics', 'ifindex_table', 'hz', 'pfsyncstats'])
        assert.match(stdout, new RegExp(`^${symbol} +up {2}by ctf`, 'm'));
      for (const name of [
        'interface_receive_bytes_total',
        'address_ipackets_total',
        'malloc_numallocs_total',
        'ifindex_table_gencnt',
        'pfsync_ipackets_total',
        'hz',
      ])
        assert.match(document, new RegExp(`^freebsd_${name}[ {]`, 'm'));
      // The driver is made up; the simulated kernel has such a struct under another name.
      const known = {
        driver_stats: 'sim_zpcpu',
        'struct: driver_percpu': 'struct: sim_zpcpu',
        '- packets': '- operations',
        'name: queued': 'name: depth',
      };
      const text = Object.entries(known).reduce((all, [word, name]) => all.replace(word, name), examples[2]!);
      writeFileSync(files[2]!, text);
      const items = await withSession(kernel, files.slice(2), printed);
      for (const name of [
        'driver_operations_total',
        'driver_queued_packets_per_cpu',
        'namecache_negative_hits_total',
        'netisr_drops_per_cpu_total',
        'clock_ticks',
      ])
        assert.match(items, new RegExp(`^freebsd_${name}[ {]`, 'm'));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('shows an example that is good', () => {
    const dir = mkdtempSync(join(tmpdir(), 'kcounter-man-'));
    try {
      const file = join(dir, 'kcounter.yaml');
      writeFileSync(file, /^\.Bd -literal\n(.*?)^\.Ed$/ms.exec(configPage)![1]!);
      mkdirSync(join(dir, 'conf.d'));
      writeFileSync(join(dir, 'conf.d', 'own.yaml'), 'version: 1\ncounters: [{ symbol: udpstat, struct: udpstat }]\n');
      const { code, stdout, stderr } = runExporter('check', '--simulate=amd64-14,cpus=2', `--config.file=${file}`);
      assert.equal(code, 0, stderr);
      for (const symbol of ['udpstat', 'ipstat', 'numneghits'])
        assert.match(stdout, new RegExp(`^${symbol} +up {2}by \\w+, proof \\w+$`, 'm'));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

/** Names of the properties that a JSON schema allows, at whatever depth. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties, ...rest } = schema as { properties?: Record<string, unknown> };
  const allowed = Object.entries(properties ?? {}).filter(([, value]) => value !== false);
  return [...allowed.flatMap(([key, value]) => [key, ...keysOf(value)]), ...Object.values(rest).flatMap(keysOf)];
}
