/** Covers: main, startup, logSink: what a process meets that Node.js leaves to chance. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, closeSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/packageRoot.js';
import { RunningExporter } from '../support/exporter.js';
import { PATIENCE_MS, soon, until } from '../support/until.js';
import { freePort } from './prometheusServer.js';

const main = join(packageRoot, 'dist', 'main.js');
const noFull = existsSync('/dev/full') ? false : 'there is no /dev/full here';

describe('a running server', () => {
  it('opens no debugger on SIGUSR1, and goes on', async () => {
    const exporter = await RunningExporter.start('--simulate=amd64-14,cpus=2');
    try {
      exporter.signal('SIGUSR1');
      for (let round = 0; round < 5; round++) {
        await sleep(50);
        assert.match(await exporter.metrics(), /^freebsd_vm_context_switches_total /m);
      }
      assert.doesNotMatch(exporter.log, /[Dd]ebugger/);
    } finally {
      assert.equal(await exporter.stop(), 0);
    }
  });

  it('closes the debugger that SIGUSR1 opens before the program is loaded', async () => {
    for (const delay of [20, 60, 120]) {
      const child = spawn(process.execPath, [main, '--simulate=amd64-14,cpus=2', '--web.listen-address=127.0.0.1:0'], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let log = '';
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
      await sleep(delay);
      child.kill('SIGUSR1');
      const exit = once(child, 'exit');
      const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
      await until(
        () => log.includes('msg=listening') || hasEnded(),
        () => log,
        50,
      );
      // Sooner than that a signal ends the process, as it does any other.
      if (!hasEnded()) {
        const [, address] = /listening on ws:\/\/([\d.:]+)\//.exec(log) ?? [];
        if (address !== undefined) await assert.rejects(fetch(`http://${address}/json`), 'it is closed');
        child.kill();
      }
      await soon(exit, 'its end');
    }
  });

  it('goes on when the reader of its log is gone, and counts the lines that it lost', async () => {
    const child = spawn(process.execPath, [main, '--simulate=amd64-14,cpus=2', '--web.listen-address=127.0.0.1:0'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      let log = '';
      for await (const chunk of child.stderr) {
        log += String(chunk);
        if (log.includes('msg=listening')) break;
      }
      const url = /url=(\S+)/.exec(log)![1]!;
      // Leaving the loop has closed the pipe: the next line finds no reader.
      child.kill('SIGHUP');
      let lost = 0;
      const isCounted = async (): Promise<boolean> => {
        const text = await (await fetch(url)).text();
        lost = Number(/^kcounter_exporter_log_lines_lost_total (\d+)$/m.exec(text)?.[1]);
        return lost >= 1;
      };
      await until(isCounted, () => `${lost} lines lost`, 50);
    } finally {
      const exit = once(child, 'exit');
      child.kill();
      assert.deepEqual(await soon(exit, 'its end'), [0, null]);
    }
  });

  it('goes on when the disk that its log lies on is full', { skip: noFull }, async () => {
    const full = openSync('/dev/full', 'w');
    const port = await freePort();
    const child = spawn(
      process.execPath,
      [main, '--simulate=amd64-14,cpus=2', `--web.listen-address=127.0.0.1:${port}`],
      { stdio: ['ignore', 'ignore', full] },
    );
    try {
      let text = '';
      const isThere = async (): Promise<boolean> => {
        text = await fetch(`http://127.0.0.1:${port}/metrics`).then(
          (response) => response.text(),
          () => '',
        );
        return text !== '';
      };
      await until(isThere, 'an answer', 50);
      assert.match(text, /^kcounter_exporter_log_lines_lost_total [1-9]\d*$/m);
    } finally {
      const exit = once(child, 'exit');
      child.kill();
      await soon(exit, 'its end');
      closeSync(full);
    }
  });
});

describe('every command', () => {
  const commands = [['print'], ['discover'], ['describe', 'numneghits'], ['check'], ['verify']];
  for (const command of commands) {
    it(`says once why its output is lost, and fails: ${command[0]}`, { skip: noFull }, () => {
      const full = openSync('/dev/full', 'w');
      try {
        const { status, stderr } = spawnSync(process.execPath, [main, ...command, '--simulate=amd64-14,cpus=2'], {
          stdio: ['ignore', full, 'pipe'],
          encoding: 'utf8',
        });
        assert.equal(status, 1);
        assert.equal(stderr.match(/cannot write the output: ENOSPC/g)?.length, 1, stderr);
      } finally {
        closeSync(full);
      }
    });
  }

  for (const command of [...commands, ['top', '-b', '-s', '100ms'], ['top', '--json', '-s', '100ms']]) {
    it(`ends well and without a word where the reader has seen enough: ${command.join(' ')}`, () => {
      const line = '{ "$0" "$@"; echo "ended with $?" >&2; } | head -n 1 >/dev/null';
      const { stderr } = spawnSync(
        'sh',
        ['-c', line, process.execPath, main, ...command, '--simulate=amd64-14,cpus=2'],
        { encoding: 'utf8', timeout: PATIENCE_MS },
      );
      const said = stderr.split('\n').filter((text) => text !== '' && !/ level=(info|warn) /.test(text));
      assert.deepEqual(said, ['ended with 0']);
    });
  }

  it('runs where the current directory is gone', () => {
    const dir = mkdtempSync(join(tmpdir(), 'kcounter-gone-'));
    const config = join(packageRoot, 'config', 'kcounter.yaml');
    for (const args of [['--version'], ['check', '--config.file', config], ['print', '--simulate=amd64-14,cpus=2']]) {
      const shell = spawnSync(
        'sh',
        ['-c', 'cd "$0" && mkdir gone && cd gone && rmdir ../gone && exec "$@"', dir, process.execPath, main, ...args],
        { encoding: 'utf8' },
      );
      assert.equal(shell.status, 0, `${args[0]}: ${shell.stderr}`);
    }
    rmdirSync(dir);
    rmSync(dir, { recursive: true, force: true });
  });
});
