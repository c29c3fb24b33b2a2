/** Checks passwords against bcrypt hashes, one after the other, on a thread that is there only while there is something to check. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { keptFile } from '../../packageFiles.js';
import type { PasswordAnswer, PasswordQuestion } from './authWorker.js';

/** Milliseconds after which a thread that nobody needs is ended. */
const IDLE = 10_000;
const MEMORY = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };

interface Waiting {
  readonly resolve: (matches: boolean) => void;
  readonly reject: (error: Error) => void;
}

export class PasswordChecker {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private idle: NodeJS.Timeout | undefined;

  /** How many passwords are being checked or wait for it. */
  get pending(): number {
    return this.waiting.size;
  }

  /** @param hash as webConfig.ts takes it */
  check(password: string, hash: string): Promise<boolean> {
    clearTimeout(this.idle);
    this.worker ??= this.start();
    const id = ++this.lastId;
    const question: PasswordQuestion = { id, password, hash };
    this.worker.postMessage(question);
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  close(): void {
    clearTimeout(this.idle);
    void this.worker?.terminate();
  }

  private start(): Worker {
    const options = { execArgv: [], resourceLimits: MEMORY };
    const url = new URL('./authWorker.js', import.meta.url);
    const kept = keptFile(fileURLToPath(url))?.toString();
    const worker = kept === undefined ? new Worker(url, options) : new Worker(kept, { ...options, eval: true });
    worker.unref();
    worker.on('message', ({ id, matches }: PasswordAnswer) => {
      this.waiting.get(id)?.resolve(matches);
      this.waiting.delete(id);
      if (this.waiting.size > 0) return;
      this.idle = setTimeout(() => {
        this.worker = undefined;
        void worker.terminate();
      }, IDLE);
      this.idle.unref();
    });
    let reason = new Error('the thread that checks passwords ended');
    worker.on('error', (error) => {
      reason = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('exit', () => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      for (const { reject } of this.waiting.values()) reject(reason);
      this.waiting.clear();
    });
    return worker;
  }
}
