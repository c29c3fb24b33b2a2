/** Covers: prometheus.yml, fleet.yml, agent.yml and targets/, as promtool judges them. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { Certificates } from '../../support/certificates.js';
import { skipUnless } from '../../support/programs.js';
import { prometheusFolder } from './ruleFiles.js';

describe('the configs of Prometheus and of its agent, by promtool', { skip: skipUnless('promtool', 'openssl') }, () => {
  let dir: string;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'kcounter-configs-'));
    cpSync(prometheusFolder, dir, { recursive: true });
    // What the configs name and a user has to provide.
    const { ca } = new Certificates(dir);
    for (const name of ['kcounter-ca.pem', 'store-ca.pem']) cpSync(ca.cert, join(dir, name));
    for (const name of ['kcounter.password', 'store.password']) writeFileSync(join(dir, name), 'secret\n');
  });
  after(() => {
    rmSync(dir, { recursive: true });
  });

  function check(...args: readonly string[]): { status: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'config', ...args], {
      cwd: dir,
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  }

  for (const name of ['prometheus.yml', 'fleet.yml']) {
    it(`finds ${name} right, with the rules and targets that it names`, () => {
      const { status, output } = check(name);
      assert.equal(status, 0, output);
      assert.match(output, /2 rule files found/);
      assert.match(output, /alerts\.rules\.yml\n\s*SUCCESS/);
    });
  }

  it('has in prometheus.yml no host but this machine, so that it runs as it is', () => {
    const { scrape_configs } = parse(readFileSync(join(dir, 'prometheus.yml'), 'utf8')) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[]; sample_limit: number }[];
    };
    assert.deepEqual(scrape_configs, [
      {
        job_name: 'kcounter',
        static_configs: [{ targets: ['localhost:9969'] }],
        sample_limit: scrape_configs[0]!.sample_limit,
      },
    ]);
  });

  it('finds agent.yml right', () => {
    const { status, output } = check('--agent', 'agent.yml');
    assert.equal(status, 0, output);
  });

  it('makes of each target of the fleet an address with a port, and the name of its host', () => {
    // promtool waits for its whole timeout, whatever it has found, and tells the targets in no order.
    const args = ['check', 'service-discovery', '--timeout=5s', 'agent.yml', 'kcounter-fleet'];
    const output = execFileSync('promtool', args, { cwd: dir, encoding: 'utf8' });
    const found = JSON.parse(output.slice(output.indexOf('['))) as { labels: Record<string, string> }[];
    assert.deepEqual(
      found.map(({ labels }) => [labels['instance'], labels['__address__'], labels['role']].join(' ')).sort(),
      [
        '[2001:db8::7] [2001:db8::7]:9969 database',
        'db1.example.org db1.example.org:19969 database',
        'web1.example.org web1.example.org:9969 web',
        'web2.example.org web2.example.org:9969 web',
      ],
    );
  });

  it('would find a key, a rule and a target wrong', () => {
    const agent = readFileSync(join(dir, 'agent.yml'), 'utf8');
    writeFileSync(join(dir, 'wrong.yml'), agent.replace('max_shards', 'max_shard'));
    assert.match(check('--agent', 'wrong.yml').output, /field max_shard not found/);
    const whole = readFileSync(join(dir, 'fleet.yml'), 'utf8');
    const wrong: readonly [file: string, text: string, fault: RegExp][] = [
      ['rules.yml', 'groups: [{name: a, rules: [{record: b, expr: "rate(c)"}]}]', /expected type range vector/],
      ['targets.yml', '- target: [web1]', /field target not found/],
    ];
    for (const [file, text, fault] of wrong) {
      writeFileSync(join(dir, file), text);
      const name = file === 'rules.yml' ? 'recording.rules.yml' : 'targets/*.yml';
      writeFileSync(join(dir, 'wrong.yml'), whole.replace(name, file));
      const { status, output } = check('wrong.yml');
      assert.notEqual(status, 0);
      assert.match(output, fault);
    }
  });
});
