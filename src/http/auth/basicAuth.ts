/** Basic authentication against the users of a web-config file: who is let in, at the price of one bcrypt for each new pair of name and password. */
import { createHmac, randomBytes } from 'node:crypto';
import { PasswordChecker } from './passwords.js';
import { PasswordQueue } from './queue.js';

/** `busy`: so many unknown passwords wait to be checked that this one is not. */
export type Verdict = 'granted' | 'refused' | 'busy';

const MAX_GRANTED = 100;
const MAX_REFUSED = 1000;
/** The salt and hash of a password that nobody knows: random characters of bcrypt's alphabet. */
const NOBODY = 'vJ0hWbVrYq3xkTn8sLmZ4uGf6dKQc1aP9oRyEiHw2XtNjB7UgSCme';

export class BasicAuth {
  private readonly passwords = new PasswordChecker();
  private readonly queue = new PasswordQueue();
  /** Verdicts are kept under a keyed hash of what they depend on, so that the memory holds no password. */
  private readonly key = randomBytes(32);
  /** Kept apart, so that a flood of wrong passwords does not push out the right ones. */
  private readonly granted = new Set<string>();
  private readonly refused = new Set<string>();
  private readonly underWay = new Map<string, Promise<Verdict>>();

  /**
   * @param header the request's Authorization
   * @param address where it comes from; undefined for a `unix:` socket
   */
  async verdict(header: string | undefined, users: ReadonlyMap<string, string>, address?: string): Promise<Verdict> {
    const credentials = parseBasic(header);
    if (credentials === undefined) return 'refused';
    const { name, password } = credentials;
    const hash = users.get(name);
    // Who does not exist takes as long as who does, so that the time tells nothing.
    const compared = hash ?? nobodysHash(name, users);
    const digest = this.digest(name, compared, password);
    if (this.granted.has(digest)) return renew(this.granted, digest, 'granted');
    if (this.refused.has(digest)) return 'refused';
    const same = this.underWay.get(digest);
    if (same !== undefined) return same;
    const found = this.queue
      .run(networkOf(address), name, () => this.compare(password, compared, hash !== undefined, digest))
      .then((verdict) => verdict ?? 'busy')
      .finally(() => {
        this.underWay.delete(digest);
      });
    this.underWay.set(digest, found);
    return found;
  }

  close(): void {
    this.passwords.close();
  }

  private async compare(password: string, hash: string, exists: boolean, digest: string): Promise<Verdict> {
    const isRight = (await this.passwords.check(password, hash)) && exists;
    keep(isRight ? this.granted : this.refused, digest, isRight ? MAX_GRANTED : MAX_REFUSED);
    return isRight ? 'granted' : 'refused';
  }

  private digest(...texts: readonly string[]): string {
    return createHmac('sha256', this.key).update(JSON.stringify(texts)).digest('base64');
  }
}

/** Undefined where the header is missing, of another scheme or malformed. */
export function parseBasic(header: string | undefined): { name: string; password: string } | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64'));
  } catch {
    return undefined;
  }
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * Of a cost that a user's hash has: for each name the same one as long as the hashes stay, or the time would tell that there is no such
 * user where costs differ. Which one depends on what is secret.
 */
export function nobodysHash(name: string, users: ReadonlyMap<string, string>): string {
  const secrets = new Map<string, string>();
  for (const hash of users.values()) {
    const [, , cost = ''] = hash.split('$');
    const known = secrets.get(cost);
    if (known === undefined || hash < known) secrets.set(cost, hash);
  }
  let chosen = '';
  let highest = '';
  for (const [cost, secret] of secrets) {
    const lot = createHmac('sha256', secret).update(name).digest('hex');
    if (lot > highest) [chosen, highest] = [cost, lot];
  }
  return `$2b$${chosen}$${NOBODY}`;
}

/** Whose turn it is: an address, or the first half of an IPv6 one, which is what one client has. */
function networkOf(address: string | undefined): string {
  if (address === undefined) return '';
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const [left, right] = [head.split(':'), tail === '' ? [] : tail.split(':')];
  const groups = plain.includes('::')
    ? [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
    : left;
  return groups.slice(0, 4).join(':');
}

function keep(digests: Set<string>, digest: string, most: number): void {
  digests.add(digest);
  const [oldest] = digests;
  if (digests.size > most && oldest !== undefined) digests.delete(oldest);
}

/** The last that is used is the last to go. */
function renew(digests: Set<string>, digest: string, verdict: Verdict): Verdict {
  digests.delete(digest);
  digests.add(digest);
  return verdict;
}
