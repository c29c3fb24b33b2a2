/** Files for the textfile collector: what `print` writes once, what again and again, and what happens when that fails. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Document } from '../exposition/publisher.js';
import { writeTextfile } from '../output/textfile.js';
import type { Logger } from '../telemetry/logger.js';
import type { ReloadSignal } from '../service/reloadSignal.js';
import { stopSignal } from '../service/stopSignal.js';

type MakeDocument = () => Promise<Document>;

export function warnOfName(file: string, log: Logger): void {
  if (!file.endsWith('.prom')) {
    log.warn({ file }, 'the textfile collector reads only files whose names end with .prom');
  }
}

export async function writeOnce(document: MakeDocument, file: string): Promise<void> {
  const { chunks, release } = await document();
  try {
    await writeTextfile(file, chunks);
  } finally {
    release();
  }
}

/** Until a signal stops it, which waits for a write that is under way. A first failure is thrown: nobody would look for it in the log. */
export async function writeAtInterval(
  document: MakeDocument,
  file: string,
  interval: number,
  log: Logger,
  reloadSignal: ReloadSignal,
): Promise<void> {
  const stopped = new AbortController();
  void stopSignal().then((signal) => {
    log.info({ signal }, 'stopping');
    stopped.abort();
  });
  reloadSignal.handleBy(() => {
    log.info('SIGHUP: the config is read at the start only; the file is written on');
  });
  let began = performance.now();
  await writeOnce(document, file);
  log.info({ file, interval: `${interval / 1000}s` }, 'file written, and again at each interval');
  /** Why the file could not be written the last time. */
  let failure: string | undefined;
  while (await pause(began + interval - performance.now(), stopped.signal)) {
    began = performance.now();
    try {
      await writeOnce(document, file);
      if (failure !== undefined) log.info({ file }, 'file written again');
      failure = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (message !== failure) log.error({ file, error: message }, 'file not written; the old one stays');
      failure = message;
    }
  }
}

/** False where it was stopped. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(Math.max(0, ms), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
