/** Handlers of interrupts that come and go: names of counters follow, counts stay. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprint } from '../../../src/simulator/changes/elementFingerprint.js';
import { addInterruptHandler, removeInterruptHandler } from '../../../src/simulator/changes/interrupts.js';
import { profileNames } from '../../../src/simulator/spec.js';
import { withLookout } from '../lookout.js';

for (const profile of profileNames) {
  const isArm = profile.startsWith('arm64');
  describe(profile, () => {
    it('names a counter by its handlers, and leaves it its count when they have gone', async () => {
      await withLookout(`${profile},cpus=4`, (look) => {
        const { image } = look;
        const size = isArm ? 39 : 20;
        const name = (index: number): string =>
          look
            .sysctl('hw.intrnames')
            .toString('latin1', size * index, size * (index + 1) - 1)
            .trimEnd();
        const count = (index: number): bigint => look.sysctl('hw.intrcnt').readBigUInt64LE(8 * index);
        const added = addInterruptHandler(image, 'ix0:q0');
        const event = isArm ? `its0,${added.number}:` : `irq${added.number}:`;
        assert.equal(name(added.index), `${event} ix0:q0`);
        assert.equal(name(added.index + 1), `stray ${isArm ? event : event.slice(0, -1)}`);
        assert.equal(count(added.index), fingerprint('ix0:q0', 'count'));
        if (!isArm)
          assert.ok(
            look.kernel.sysctls
              .text('hw.intrs')
              .endsWith(`${event} ix0:q0:${added.index} @cpu0(domain0): ${count(added.index)}\n`),
          );
        assert.deepEqual(addInterruptHandler(image, 'b0', added.number), added);
        assert.equal(name(added.index), `${event} ix0:q0 b0`);

        assert.deepEqual(removeInterruptHandler(image, 'ix0:q0'), added);
        assert.equal(name(added.index), `${event} b0`);
        removeInterruptHandler(image, 'b0');
        assert.equal(name(added.index), event);
        assert.equal(count(added.index), fingerprint('ix0:q0', 'count'));
        const other = addInterruptHandler(image, 'ix1:q0');
        assert.deepEqual(other, { number: added.number + 1, index: added.index + 2 });

        // A line that was there from the start; on arm64 one whose event comes with its first handler.
        const line = isArm ? 16 + 16 + 3 : 5;
        const wired = addInterruptHandler(image, 'uart7', line);
        assert.equal(name(wired.index), isArm ? 'gic0,s3: uart7' : 'irq5: uart7');
        removeInterruptHandler(image, 'uart7');
        assert.equal(name(wired.index), isArm ? 'gic0,s3:' : 'irq5:');
        assert.throws(() => removeInterruptHandler(image, 'uart7'), /no handler uart7/);
      });
    });
  });
}
