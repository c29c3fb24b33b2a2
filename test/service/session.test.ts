import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profileNames } from '../../src/simulator/spec.js';
import { write } from '../config/files.js';
import { assertMoving, MOVING } from '../support/movingCounters.js';
import { documentsOf, withSession } from '../support/opened.js';

describe('a session', () => {
  // Numbers of CPUs are a matter of each machine, and what a release changes is not: one of each is seen with all of them.
  const withAll = ['amd64-14', 'arm64-15'];
  for (const profile of profileNames) {
    for (const cpus of withAll.includes(profile) ? [1, 4, 64, 256] : [4, 256]) {
      it(`publishes moving counters whose parts add up: ${profile}, ${cpus} CPUs`, async () => {
        const config = write(MOVING);
        await withSession(`${profile},cpus=${cpus}`, [config], async (session, log) => {
          await session.truth?.proveAll(session.scraper, session.config);
          const { next, stop } = documentsOf(session);
          try {
            await assertMoving(next, cpus);
          } finally {
            stop();
          }
          assert.match(log.join(''), /kernel opened.*reader chosen/s);
        });
      });
    }
  }
});
