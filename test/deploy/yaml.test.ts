/** Covers: files in YAML that no other program checks here: the workflows of GitHub and Ansible's role. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { packageRoot } from '../../src/packageRoot.js';

const read = (name: string): string => readFileSync(join(packageRoot, name), 'utf8');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: { readonly run?: string };
}

interface Job {
  readonly uses?: string;
  readonly needs?: string;
  readonly permissions?: unknown;
  readonly steps?: readonly Step[];
}

/** A workflow of GitHub, and the shell in it. */
function readWorkflow(name: string) {
  const workflow = parse(read(`.github/workflows/${name}`)) as { permissions: unknown; jobs: Record<string, Job> };
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps ?? []);
  const scripts = steps.map((step) => step.run ?? step.with?.run ?? '');
  return { ...workflow, scripts, actions: steps.flatMap(({ uses }) => uses ?? []) };
}

describe('the workflows of GitHub', () => {
  const ci = readWorkflow('ci.yml');
  const release = readWorkflow('release.yml');

  it('may read the repository and nothing else, but for the job that makes a release', () => {
    for (const { permissions } of [ci, release]) assert.deepEqual(permissions, { contents: 'read' });
    const others = [ci, release].flatMap(({ jobs }) => Object.entries(jobs)).filter(([, job]) => job.permissions);
    assert.deepEqual(
      others.map(([name, { permissions }]) => [name, permissions]),
      [['release', { contents: 'write' }]],
    );
  });

  it('make a release only of what passed all tests', () => {
    assert.equal(release.jobs['release']?.needs, 'tests');
    assert.equal(release.jobs['tests']?.uses, './.github/workflows/ci.yml');
  });

  it('take each action at a major version, and at a commit where they may write', () => {
    assert.ok(ci.actions.length >= 4);
    for (const action of ci.actions) assert.match(action, /^[\w-]+\/[\w-]+@v\d+$/);
    assert.equal(release.actions.length, 2);
    for (const action of release.actions) assert.match(action, /^actions\/[\w-]+@[0-9a-f]{40}$/);
  });

  it('run scripts that are there', () => {
    const { scripts: known } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = ci.scripts.flatMap((script) => [...script.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!));
    assert.deepEqual(named, ['test:conformance']);
    for (const name of named) assert.ok(name in known, name);
    const files = [...ci.scripts, ...release.scripts].flatMap(
      (script) => script.match(/^[\w./]+\/\w\S*(?= |$)/gm) ?? [],
    );
    assert.deepEqual(files, ['.ci/run', 'test/deploy/freebsd/smoke.sh', 'deploy/release.sh']);
    for (const file of files) assert.ok(existsSync(join(packageRoot, file)), file);
  });

  it('have shell that a shell can read', () => {
    for (const script of [...ci.scripts, ...release.scripts]) execFileSync('sh', ['-n'], { input: script });
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
