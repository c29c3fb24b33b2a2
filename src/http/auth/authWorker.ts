/** A thread that computes bcrypt, which takes a tenth of a second on purpose: scrapes must not wait for it. */
import { hashSync } from 'bcryptjs';
import { timingSafeEqual } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

export interface PasswordQuestion {
  readonly id: number;
  readonly password: string;
  /** As bcrypt makes it, checked before. */
  readonly hash: string;
}

export interface PasswordAnswer {
  readonly id: number;
  readonly matches: boolean;
}

/** Characters of version, cost and salt: what comes after them depends on the password. */
const SALT_END = 29;

parentPort?.on('message', ({ id, password, hash }: PasswordQuestion) => {
  const computed = hashSync(password, hash.slice(0, SALT_END)).slice(SALT_END);
  const matches = timingSafeEqual(Buffer.from(computed), Buffer.from(hash.slice(SALT_END)));
  const answer: PasswordAnswer = { id, matches };
  parentPort?.postMessage(answer);
});
