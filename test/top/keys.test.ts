/** Covers: keys.ts, live.ts: what keys do to a view, and that whatever ends it leaves the terminal. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pressed, type Key } from '../../src/top/keys.js';
import { Live } from '../../src/top/live.js';
import { plain } from '../../src/top/painter.js';
import type { TerminalEvents } from '../../src/top/terminal.js';
import type { Size, View } from '../../src/top/view.js';
import { frameOf, seriesOf, viewOf } from '../support/topFrames.js';

const SIZE: Size = { columns: 80, rows: 24 };
const FRAME = frameOf(Array.from({ length: 100 }, (_, index) => seriesOf(`x_${index}`, { rate: 1000 - index })));

/** A key as node:readline tells of it; a character where it has one. */
function keyOf(text: string): Key {
  if (text.startsWith('^')) return { name: text.slice(1), ctrl: true };
  if (/^[a-z0-9]$/.test(text)) return { name: text, sequence: text };
  return text.length === 1 ? { sequence: text } : { name: text, sequence: '\x1b' };
}

function after(keys: readonly string[], view = viewOf(FRAME)): View {
  return keys.reduce((now, key) => {
    const next = pressed(now, keyOf(key), SIZE);
    assert.ok(typeof next === 'object', key);
    return next;
  }, view);
}

describe('keys', () => {
  it('sort, reverse, and show or hide', () => {
    assert.deepEqual(
      [1, 2, 3, 4].map((times) => after(Array<string>(times).fill('s')).sort),
      ['name', 'value', 'skew', 'rate'],
    );
    const { isReversed, withCpus, withIdle, isPaused } = after(['r', 'c', 'i', 'space']);
    assert.deepEqual([isReversed, withCpus, withIdle, isPaused], [true, true, false, true]);
    assert.equal(after(['?']).isHelp, true);
    assert.equal(after(['?', 's']).isHelp, false);
    assert.equal(after(['?', 's']).sort, 'rate');
  });

  it('scroll, and not beyond the ends', () => {
    const places: readonly (readonly [readonly string[], number])[] = [
      [['up'], 0],
      [['down', 'down', 'up'], 1],
      [['pagedown'], 19],
      [['pagedown', 'pageup', 'down'], 1],
      [['end'], 81],
      [['end', 'down', 'pagedown'], 81],
      [['end', 'home'], 0],
    ];
    // Three lines above the table and its head, one below.
    for (const [keys, above] of places) assert.equal(after(keys).above, above, keys.join(' '));
  });

  it('type a filter, which takes effect at once', () => {
    const typing = after(['/', 'q', 'x', '_', 'backspace']);
    assert.deepEqual([typing.filter, typing.filterBefore], ['qx', '']);
    assert.deepEqual([after(['return'], typing).filter, after(['return'], typing).filterBefore], ['qx', undefined]);
    assert.deepEqual([after(['escape'], typing).filter, after(['escape'], typing).filterBefore], ['', undefined]);
    assert.equal(after(['^u'], typing).filter, '');
    assert.equal(after(['up', '^a'], typing).filter, 'qx');
  });

  it('quit, suspend and draw again', () => {
    const view = viewOf(FRAME);
    for (const key of ['q', '^c']) assert.equal(pressed(view, keyOf(key), SIZE), 'quit');
    assert.equal(pressed({ ...view, filterBefore: '' }, keyOf('^c'), SIZE), 'quit');
    assert.equal(pressed({ ...view, isHelp: true }, keyOf('q'), SIZE), 'quit');
    assert.equal(pressed(view, keyOf('^z'), SIZE), 'suspend');
    assert.equal(pressed(view, keyOf('^l'), SIZE), 'redraw');
  });
});

/** A terminal that notes what is done with it. */
class Noted {
  readonly done: string[] = [];
  screens: (readonly string[])[] = [];
  size = SIZE;
  events!: TerminalEvents;

  readonly terminalFor = (events: TerminalEvents) => {
    this.events = events;
    const note = (what: string) => (): void => void this.done.push(what);
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- for a getter
    const noted = this;
    return {
      open: note('open'),
      close: note('close'),
      suspend: note('suspend'),
      clear: note('clear'),
      draw: (lines: readonly string[]): void => void this.screens.push(lines),
      get size(): Size {
        return noted.size;
      },
    };
  };
}

describe('a live view', () => {
  const parts = (noted: Noted, next: () => Promise<ReturnType<typeof frameOf>>, reads?: number) => ({
    next,
    terminalFor: noted.terminalFor,
    painter: plain,
    view: viewOf(undefined, { about: { kernel: 'k', prefix: '', intervalMs: 5 } }),
    reads,
  });

  it('shows each read, holds one, and ends with a key', async () => {
    const noted = new Noted();
    let reads = 0;
    const live = new Live(
      parts(noted, () => {
        if (++reads === 3) noted.events.onKey({ name: 'space', sequence: ' ' });
        if (reads === 6) noted.events.onKey({ name: 'q', sequence: 'q' });
        return Promise.resolve(frameOf([seriesOf(`x_${reads}`, { rate: 1 })]));
      }),
    );
    await live.run();
    assert.deepEqual(noted.done, ['open', 'close']);
    const shown = noted.screens.map((lines) => lines[4]?.split(' ')[0]);
    assert.ok(shown.includes('x_2') && !shown.includes('x_3') && !shown.includes('x_5'), shown.join());
    assert.equal(reads, 6);
  });

  it('ends after as many reads as are wanted, beyond the first', async () => {
    const noted = new Noted();
    let reads = 0;
    await new Live(parts(noted, () => Promise.resolve(frameOf([], { seconds: ++reads })), 2)).run();
    assert.equal(reads, 3);
  });

  it('draws again for a size, and leaves the terminal where the kernel is lost or the terminal is', async () => {
    const lost = new Noted();
    await assert.rejects(new Live(parts(lost, () => Promise.reject(new Error('kernel lost')))).run(), /kernel lost/);
    assert.deepEqual(lost.done, ['open', 'close']);
    const gone = new Noted();
    const live = new Live(
      parts(gone, () => {
        gone.size = { columns: 100, rows: 30 };
        gone.events.onResize();
        gone.events.onError(new Error('write EIO'));
        return Promise.resolve(FRAME);
      }),
    );
    await assert.rejects(live.run(), /EIO/);
    assert.ok(gone.screens.some(({ length }) => length === 30));
    assert.deepEqual(gone.done, ['open', 'close']);
  });
});
