/** Covers: symbolWatch.ts with the log that it tells, over modules that come and go, reads that see no change, and reloads. */
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { isResolved, type EntryResolution, type Resolution } from '../../src/plan/resolution.js';
import { ITEM_OK, UNRESOLVED } from '../../src/snapshots/itemStates.js';
import { SymbolWatch } from '../../src/snapshots/symbolWatch.js';
import { GroupLog } from '../../src/telemetry/groupLog.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { SymbolLog } from '../../src/telemetry/symbolLog.js';
import { entryOf, familyOf, fieldOf, layoutOf } from '../support/entries.js';

const gone: EntryResolution = { reason: 'no loaded file has this symbol', cause: 'missing' };
const misfit: EntryResolution = { reason: 'it has 3 bytes', cause: 'unfit' };
const there: EntryResolution = [];

const COME = 'info symbol has come and is read carpstats';
const AGAIN = 'info symbol is read again carpstats';
const GONE = 'info optional symbol has gone; its series are left out carpstats';
const NOTHING = 'info nothing of a group is read carp';
const SOMETHING = 'info group is read carp';

/** A config with one optional symbol, or with none; each time it is read it is another reader where a reload came before. */
class World {
  private reader = {};
  private version = 0;
  private last: EntryResolution | undefined;

  constructor(private readonly watch: SymbolWatch) {}

  read(resolution: EntryResolution | undefined): void {
    if (resolution !== this.last) this.version++;
    this.last = resolution;
    const at = { file: 'carp.yaml', line: 1, column: 1 };
    const entries =
      resolution === undefined ? [] : [entryOf('carpstats', [fieldOf(familyOf('x'))], { at, optional: true })];
    const state = resolution !== undefined && isResolved(resolution) ? ITEM_OK : UNRESOLVED;
    const read = {
      layout: layoutOf(entries, [0]),
      resolution: { version: this.version, entries: [resolution], troubles: new Map() } as unknown as Resolution,
      states: Uint8Array.from(entries, () => state),
      failures: new Map(),
    };
    this.watch.look(this.reader, read, 0);
  }

  reload(): void {
    this.reader = {};
  }
}

/** Level, message and name of each line. */
function logged(act: (world: World, minute: () => void) => void): string[] {
  const lines: string[] = [];
  const write = mock.method(process.stderr, 'write', (line: string) => {
    const { level, msg, symbol, group } = JSON.parse(line) as Record<string, string>;
    lines.push(`${level} ${msg} ${symbol ?? group}`);
    return true;
  });
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const log = createLogger('info', 'json');
    const [symbols, groups] = [new SymbolLog(log), new GroupLog(log)];
    const watch = new SymbolWatch(
      (status, wasUpBefore) => {
        symbols.changed(status, wasUpBefore);
      },
      (status) => {
        groups.changed(status);
      },
    );
    act(new World(watch), () => {
      mock.timers.tick(60_000);
    });
    symbols.close();
    groups.close();
  } finally {
    mock.timers.reset();
    write.mock.restore();
  }
  return lines;
}

describe('SymbolWatch and the log', () => {
  it('tell of an optional symbol that comes, goes and comes again', () => {
    const lines = logged((world, minute) => {
      for (const resolution of [gone, there, gone, there]) {
        world.read(resolution);
        world.read(resolution);
        minute();
      }
    });
    assert.deepEqual(lines, [NOTHING, COME, SOMETHING, GONE, NOTHING, AGAIN, SOMETHING]);
  });

  it('tell nothing twice because of a reload', () => {
    const lines = logged((world, minute) => {
      for (const resolution of [gone, there, gone, there]) {
        world.read(resolution);
        world.reload();
        world.read(resolution);
        minute();
      }
    });
    assert.deepEqual(lines, [NOTHING, COME, SOMETHING, GONE, NOTHING, AGAIN, SOMETHING]);
  });

  it('tell the change where it came with the reload', () => {
    const lines = logged((world, minute) => {
      for (const resolution of [gone, there, gone]) {
        world.read(resolution);
        minute();
        world.reload();
      }
    });
    assert.deepEqual(lines, [NOTHING, COME, SOMETHING, GONE, NOTHING]);
  });

  it('know what a config that left the symbol out did not ask for', () => {
    const lines = logged((world, minute) => {
      for (const resolution of [gone, undefined, gone, undefined, there, undefined, there, undefined, gone]) {
        world.read(resolution);
        minute();
        world.reload();
      }
    });
    assert.deepEqual(lines, [NOTHING, COME, SOMETHING, GONE, NOTHING]);
  });

  it('end on the truth where it flaps within a minute', () => {
    const flapping = [gone, there, gone, there, gone, there, gone];
    const lines = logged((world, minute) => {
      for (const resolution of flapping) world.read(resolution);
      minute();
    });
    assert.deepEqual(lines, [NOTHING, COME, SOMETHING, GONE, NOTHING]);
    const up = logged((world, minute) => {
      for (const resolution of [...flapping, there]) world.read(resolution);
      minute();
    });
    assert.deepEqual(up, [NOTHING, COME, SOMETHING, GONE, AGAIN]);
  });

  it('tell of a symbol that is read from the start only that it has gone', () => {
    const lines = logged((world) => {
      for (const resolution of [there, gone, gone]) world.read(resolution);
    });
    assert.deepEqual(lines, [GONE, NOTHING]);
  });

  it('warn of a group whose only symbol has another form, and not of the symbol', () => {
    const lines = logged((world) => {
      world.read(misfit);
      world.reload();
      world.read(misfit);
    });
    assert.deepEqual(lines, ['warn nothing of a group is read carp']);
  });
});
