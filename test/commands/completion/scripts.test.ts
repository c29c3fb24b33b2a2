/** Covers: completion.ts, grammar.ts, bash.ts, fish.ts, zsh.ts: what the scripts offer in real shells. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runExporter } from '../../support/exporter.js';
import { skipUnless } from '../../support/programs.js';
import { bashOffers, fishOffers, zshOffers } from './shells.js';

const commands = [
  'serve',
  'print',
  'check',
  'discover',
  'describe',
  'metrics',
  'verify',
  'top',
  'diff',
  'simulate',
  'completion',
  'help',
];
const levels = ['debug', 'info', 'warn', 'error'];

let dir: string;
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'kcounter-completion-'));
  writeFileSync(join(dir, 'a config.yaml'), '');
  writeFileSync(join(dir, 'b.yaml'), '');
  mkdirSync(join(dir, 'folder'));
});
after(() => {
  rmSync(dir, { recursive: true });
});

function scriptFor(shell: string): string {
  const { code, stdout, stderr } = runExporter('completion', shell);
  assert.equal(code, 0, stderr);
  const file = join(dir, `.${shell}`);
  writeFileSync(file, stdout);
  return file;
}

/** The flags of a command, read from its help. */
function flagsInHelp(command: string): string[] {
  return [...runExporter(command, '--help').stdout.matchAll(/^ {2}(?:-\w, )?(--[\w.-]+)/gm)].map(([, flag]) => flag!);
}

describe('the script for bash', { skip: skipUnless('bash') }, () => {
  let script: string;
  before(() => {
    script = scriptFor('bash');
  });

  it('registers a function for the program', () => {
    const shown = execFileSync('bash', ['--norc', '-c', 'source "$1"; complete -p', 'bash', script], {
      encoding: 'utf8',
    });
    assert.equal(shown, 'complete -F _kcounter_exporter kcounter_exporter\n');
  });

  const cases: readonly (readonly [words: readonly string[], offers: readonly string[]])[] = [
    [[''], commands],
    [['pri'], ['print']],
    [['--log.l'], ['--log.level=']],
    [['--vers'], ['--version']],
    [['serve', '--vers'], []],
    [['--log.level', '='], levels],
    [['--log.level', '=', 'w'], ['warn']],
    [['--log.level', ''], levels],
    [['--log.level=w'], ['--log.level=warn']],
    [
      ['print', '--format', '=', 'o'],
      ['openmetrics', 'openmetrics2'],
    ],
    [['--config.file', '=', 'a'], ['a config.yaml']],
    [['print', '--output.textfile', 'a'], ['a config.yaml']],
    [['simulate', '--dir', '=', ''], ['folder']],
    [['--web.telemetry-path', '=', ''], []],
    [['print', '--simulate', '--log.f'], ['--log.format=']],
    [['check', '--symbols', '--log.f'], ['--log.format=']],
    [
      ['completion', ''],
      ['bash', 'fish', 'zsh'],
    ],
    [['help', 'ver'], ['verify']],
    [['describe', ''], []],
    [['diff', 'b.'], ['b.yaml']],
    [['diff', 'b.yaml', 'b.'], ['b.yaml']],
  ];
  for (const [words, offers] of cases) {
    it(`offers ${offers.join(' ') || 'nothing'} for "${words.join(' ')}"`, () => {
      assert.deepEqual(bashOffers(script, words, dir), offers);
    });
  }

  it('offers all the flags that the help of each command lists', () => {
    for (const command of commands.filter((name) => name !== 'help')) {
      const offered = bashOffers(script, [command, '--'], dir).map((word) => word.replace(/=$/, ''));
      assert.deepEqual(offered.sort(), flagsInHelp(command).sort(), command);
    }
  });
});

describe('the script for zsh', { skip: skipUnless('zsh') }, () => {
  let script: string;
  before(() => {
    script = scriptFor('zsh');
  });

  const cases: readonly (readonly [line: string, offers: readonly string[]])[] = [
    ['', commands],
    ['pri', ['print']],
    ['--log.l', ['--log.level']],
    ['--log.level=', levels],
    ['print --format ', ['text', 'openmetrics', 'openmetrics2', 'protobuf']],
    ['--config.file=b', ['b.yaml']],
    ['simulate --dir=', ['folder']],
    ['print --simulate --log.f', ['--log.format']],
    ['completion ', ['bash', 'fish', 'zsh']],
    ['help ver', ['verify']],
    ['diff b', ['b.yaml']],
  ];
  for (const [line, offers] of cases) {
    it(`offers ${offers.join(' ')} for "${line}"`, () => {
      assert.deepEqual(zshOffers(script, `kcounter_exporter ${line}`, dir), offers);
    });
  }
});

describe('the script for fish', { skip: skipUnless('fish') }, () => {
  let script: string;
  before(() => {
    script = scriptFor('fish');
  });

  const cases: readonly (readonly [line: string, offers: readonly string[]])[] = [
    ['', commands],
    ['pri', ['print']],
    ['--log.l', ['--log.level']],
    ['--log.level=', levels.map((level) => `--log.level=${level}`)],
    ['--log.level w', ['warn']],
    ['print --format ', ['text', 'openmetrics', 'openmetrics2', 'protobuf']],
    ['--config.file b', ['b.yaml']],
    ['simulate --dir fo', ['folder/']],
    ['print --simulate --log.f', ['--log.format']],
    ['completion ', ['bash', 'fish', 'zsh']],
    ['help ver', ['verify']],
    ['describe ', []],
    ['diff b', ['b.yaml']],
  ];
  for (const [line, offers] of cases) {
    it(`offers ${offers.join(' ') || 'nothing'} for "${line}"`, () => {
      assert.deepEqual(fishOffers(script, `kcounter_exporter ${line}`, dir).sort(), [...offers].sort());
    });
  }

  it('offers all the flags that the help of each command lists', () => {
    for (const command of commands.filter((name) => name !== 'help')) {
      const offered = fishOffers(script, `kcounter_exporter ${command} --`, dir).map((word) => word.replace(/=$/, ''));
      assert.deepEqual([...new Set(offered)].sort(), flagsInHelp(command).sort(), command);
    }
  });
});

it('ends with 2 for a shell that it has no script for', () => {
  const { code, stderr } = runExporter('completion', 'sh');
  assert.equal(code, 2);
  assert.match(stderr, /^kcounter_exporter: .*'sh' is invalid.*bash, fish, zsh/);
});
