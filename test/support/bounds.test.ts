import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

const bounds = new URL('./bounds.js', import.meta.url).href;

/** Runs a file of tests that are bounded, as a process of its own. */
function run(leftMs: number, tests: string): { status: number | null; stderr: string; pid: number } {
  const script = `
    import { Bounds } from ${JSON.stringify(bounds)};
    import { spawn } from 'node:child_process';
    import { describe, it } from 'node:test';
    const bounds = new Bounds(${leftMs});
    // It holds the pipe whose end spawnSync() waits for, as one of a runner.
    const leak = () => console.log('pid', spawn('sleep', ['600'], { stdio: ['ignore', 'inherit', 'inherit'] }).pid);
    ${tests}`;
  const env: NodeJS.ProcessEnv = { ...process.env };
  // Else it would take itself for a file that the runner of this one has started.
  delete env['NODE_TEST_CONTEXT'];
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 120_000,
    env,
  });
  return { status, stderr, pid: Number(/pid (\d+)/.exec(stdout)?.[1]) };
}

describe('a file of tests', () => {
  it('ends with the name of the test that does not, and with what that has started', () => {
    const { status, stderr, pid } = run(
      100_000,
      `
      describe('all', () => {
        it('is good', () => undefined);
        it('waits for ever', () => {
          leak();
          bounds.endAfter(1);
          return new Promise((resolve) => setInterval(() => undefined, 1000));
        });
      });`,
    );
    assert.equal(status, 1, stderr);
    assert.match(stderr, /^these tests do not end \(after 0\.001 s\); still running: "waits for ever"$/m);
    assert.match(stderr, new RegExp(`^a program that it has started, process ${pid}: sleep 600$`, 'm'));
  });

  it('ends where something is left of a test that has ended', () => {
    const { status, stderr } = run(1, "it('forgets', leak);");
    assert.equal(status, 1, stderr);
    assert.match(stderr, /no test runs; the last that ended is "forgets"\nwhat keeps the process: .*ProcessWrap/);
  });

  it('is left alone where it ends by itself', () => {
    const { status, stderr } = run(100_000, "it('is good', () => bounds.endAfter(100_000));");
    assert.deepEqual([status, stderr], [0, '']);
  });
});
