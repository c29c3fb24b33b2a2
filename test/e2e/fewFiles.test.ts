/** Covers: http/limits/openFiles.ts, http/limits/connections.ts: an exporter that may have few files open. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../src/packageRoot.js';
import { ask } from '../support/clients.js';
import { listening } from '../support/exporter.js';
import { soon } from '../support/until.js';

const FILES = 256;

describe('a server that may have few files open', () => {
  it(`answers scrapes beside twice as many silent connections as it may have files (${FILES})`, async () => {
    const main = join(packageRoot, 'dist', 'main.js');
    const child = spawn(
      '/bin/sh',
      [
        '-c',
        `ulimit -n ${FILES}; exec "$@"`,
        'sh',
        process.execPath,
        main,
        '--simulate',
        '--web.listen-address=127.0.0.1:0',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const sockets: Socket[] = [];
    try {
      const url = await listening(child);
      for (let i = 0; i < 2 * FILES; i++) {
        const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
        socket.on('error', () => undefined).resume();
        await soon(once(socket, 'connect'), 'a connection');
        sockets.push(socket);
      }
      for (let i = 0; i < 5; i++) {
        const answer = await ask(url);
        assert.equal(answer?.status, 200);
        const open = Number(/^process_open_fds (\d+)$/m.exec(answer.body)?.[1]);
        if (!Number.isNaN(open)) assert.ok(open < FILES - 16, `${open} files are open`);
      }
      assert.equal(child.exitCode, null);
    } finally {
      for (const socket of sockets) socket.destroy();
      child.kill();
    }
  });
});
