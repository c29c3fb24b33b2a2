/** Covers: files in YAML that no other program checks here: the workflow of GitHub and Ansible's role. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { packageRoot } from '../../src/packageRoot.js';

const read = (name: string): string => readFileSync(join(packageRoot, name), 'utf8');

describe('the workflow of GitHub', () => {
  interface Step {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: { readonly run?: string };
  }
  const workflow = parse(read('.github/workflows/ci.yml')) as {
    permissions: unknown;
    jobs: Record<string, { steps: Step[] }>;
  };
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  const scripts = steps.map((step) => step.run ?? step.with?.run ?? '');

  it('may read the repository and nothing else', () => {
    assert.deepEqual(workflow.permissions, { contents: 'read' });
  });

  it('takes each action at a major version', () => {
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    assert.ok(actions.length >= 4);
    for (const action of actions) assert.match(action, /^[\w-]+\/[\w-]+@v\d+$/);
  });

  it('runs scripts that are there', () => {
    const { scripts: known } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = scripts.flatMap((script) => [...script.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!));
    assert.deepEqual(named, ['test:conformance']);
    for (const name of named) assert.ok(name in known, name);
    const files = scripts.flatMap((script) => script.match(/^\S*\/\S+$/gm) ?? []);
    assert.deepEqual(files, ['.ci/run', 'test/deploy/freebsd/smoke.sh']);
    for (const file of files) assert.ok(existsSync(join(packageRoot, file)), file);
  });

  it('has shell that a shell can read', () => {
    for (const script of scripts) execFileSync('sh', ['-n'], { input: script });
  });
});

describe("Ansible's role", () => {
  const ansible = 'deploy/freebsd/ansible';

  it('is YAML', () => {
    const names = readdirSync(join(packageRoot, ansible), { recursive: true, encoding: 'utf8' });
    const files = names.filter((name) => name.endsWith('.yml'));
    assert.ok(files.length >= 6, files.join(' '));
    for (const file of files) assert.ok(parse(read(join(ansible, file))), file);
  });

  it('installs files that the package has', () => {
    const tasks = read(`${ansible}/roles/kcounter_exporter/tasks/main.yml`);
    for (const page of ['kcounter.yaml.5', 'kcounter_exporter.8']) {
      assert.ok(tasks.includes(page));
      assert.ok(existsSync(join(packageRoot, 'deploy/freebsd/man', page)));
    }
    const [, script] = /\{\{ role_path \}\}\/\.\.\/\.\.\/\.\.\/(port\S+\.in)/.exec(tasks)!;
    assert.ok(existsSync(join(packageRoot, 'deploy/freebsd', script!)));
  });
});
