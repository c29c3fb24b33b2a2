/** Waits for what happens, not for a time in which it should: a busy machine may take long, and that is no fault. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than anything takes that comes at all. */
export const PATIENCE_MS = 120_000;

/**
 * Asks again and again until it is so.
 *
 * @param what what did not come, where it did not
 */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string | (() => string),
  pauseMs = 5,
): Promise<void> {
  // Not by performance.now(), which a test may have stopped.
  const end = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > end) {
      assert.fail(`it took longer than ${PATIENCE_MS / 1000} s: ${typeof what === 'string' ? what : what()}`);
    }
    await sleep(pauseMs);
  }
}

/**
 * Looks again and again, at more each time, until nothing is wrong: what is told late weighs the less the longer was looked at, and what is wrong
 * stays so.
 *
 * @param look what is wrong
 */
export async function settled(look: () => Promise<string | undefined>, pauseMs?: number): Promise<void> {
  let fault: string | undefined;
  await until(
    async () => (fault = await look()) === undefined,
    () => fault ?? '',
    pauseMs,
  );
}

/** What comes, or an error that says what did not. */
export async function soon<T>(coming: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it took longer than ${PATIENCE_MS / 1000} s: ${what}`));
    }, PATIENCE_MS);
  });
  try {
    return await Promise.race([coming, late]);
  } finally {
    clearTimeout(timer);
  }
}
