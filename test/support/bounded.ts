/** Loaded by `npm test` before each file of tests. */
import { isMainThread } from 'node:worker_threads';

/** For a test, or what is done before or after one. The runner's --test-timeout, for a file, is for what cannot even look at the clock. */
const TEST_MS = 400_000;
/** For what is left once all tests have ended. */
const LEFT_MS = 60_000;

// A thread that a test starts loads it, too.
if (isMainThread) {
  const { Bounds } = await import('./bounds.js');
  new Bounds(LEFT_MS).endAfter(TEST_MS);
}
