/** Covers: basicAuth.ts, passwords.ts, authWorker.ts. */
import { hashSync } from 'bcryptjs';
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { BasicAuth, nobodysHash, parseBasic } from '../../../src/http/auth/basicAuth.js';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('parseBasic', () => {
  it('takes name and password apart at the first colon', () => {
    assert.deepEqual(parseBasic(basic('a:b:c')), { name: 'a', password: 'b:c' });
    assert.deepEqual(parseBasic(basic(':')), { name: '', password: '' });
    assert.deepEqual(parseBasic(basic('ü:ß').replace('Basic', 'bAsIc')), { name: 'ü', password: 'ß' });
  });

  it('takes nothing else', () => {
    const latin1 = `Basic ${Buffer.from('ü:ß', 'latin1').toString('base64')}`;
    for (const header of [
      undefined,
      '',
      'Basic',
      'Basic !',
      'Bearer YTpi',
      basic('alice'),
      latin1,
      'Basic YTpi YTpi',
    ]) {
      assert.equal(parseBasic(header), undefined, header);
    }
  });
});

describe('BasicAuth', () => {
  const auth = new BasicAuth();
  after(() => {
    auth.close();
  });
  const users = new Map(
    ['a', 'b', 'y'].map((minor) => [minor, hashSync(`right ${minor}`, 8).replace('$2b', `$2${minor}`)]),
  );

  it('grants the right password and refuses all else', async () => {
    for (const user of users.keys()) assert.equal(await auth.verdict(basic(`${user}:right ${user}`), users), 'granted');
    for (const credentials of ['a:right b', 'a:', ':', 'c:right a', 'A:right a', 'a:right a ']) {
      assert.equal(await auth.verdict(basic(credentials), users), 'refused', credentials);
    }
    assert.equal(await auth.verdict(undefined, users), 'refused');
    assert.equal(await auth.verdict('Bearer x', users), 'refused');
  });

  it('takes bcrypt’s first 72 bytes, as every bcrypt does', async () => {
    const long = new Map([['a', hashSync('x'.repeat(72), 4)]]);
    assert.equal(await auth.verdict(basic(`a:${'x'.repeat(80)}`), long), 'granted');
    assert.equal(await auth.verdict(basic(`a:${'x'.repeat(71)}`), long), 'refused');
  });

  it('does not keep what is no longer true', async () => {
    assert.equal(await auth.verdict(basic('a:right a'), users), 'granted');
    assert.equal(await auth.verdict(basic('a:right a'), new Map([['b', users.get('b')!]])), 'refused');
    assert.equal(await auth.verdict(basic('a:right a'), new Map([['a', hashSync('new', 4)]])), 'refused');
  });

  it('computes bcrypt once for each pair, and as long for nobody as for a wrong password', async (test) => {
    const users = new Map([['alice', hashSync('right', 4)]]);
    const computed = test.mock.method(Worker.prototype, 'postMessage');
    const counts: number[] = [];
    for (const credentials of ['alice:right', 'alice:wrong', 'nobody:wrong', 'alice:right', 'alice:wrong']) {
      await auth.verdict(basic(credentials), users);
      counts.push(computed.mock.callCount());
    }
    assert.deepEqual(counts, [1, 2, 3, 3, 3]);
    // What takes how long is the hash's cost, and that of who does not exist is one that some user has.
    const costs = computed.mock.calls.map(({ arguments: [asked] }) => /\$2\w\$\d\d\$/.exec(JSON.stringify(asked))?.[0]);
    assert.deepEqual([...new Set(costs)], ['$2b$04$']);
  });

  it('holds the event loop for no password, and lets only so many wait', async (test) => {
    const slow = new Map([['alice', hashSync('right', 4)]]);
    assert.equal(await auth.verdict(basic('alice:right'), slow), 'granted');
    const tried = Array.from({ length: 150 }, (_, i) => auth.verdict(basic(`alice:${i}`), slow, '192.0.2.1'));
    const begin = performance.now();
    assert.equal(await auth.verdict(basic('alice:right'), slow, '192.0.2.1'), 'granted');
    test.diagnostic(`a known password while 128 wait: ${(performance.now() - begin).toFixed(2)} ms`);
    const same = [auth.verdict(basic('alice:0'), slow), auth.verdict(basic('alice:0'), slow)];
    const verdicts = await Promise.all(tried);
    assert.equal(verdicts.filter((verdict) => verdict === 'refused').length, 129);
    assert.equal(verdicts.filter((verdict) => verdict === 'busy').length, 21);
    assert.deepEqual(await Promise.all(same), ['refused', 'refused']);
  });

  it('lets in a right user who was not seen before beside sixty wrong passwords, of the same name or place, too', async () => {
    const users = new Map(['alice', 'bob', 'carol'].map((name) => [name, hashSync(`right ${name}`, 4)]));
    const order: string[] = [];
    const ask = async (credentials: string, address: string): Promise<void> => {
      order.push(`${await auth.verdict(basic(credentials), users, address)} ${credentials}`);
    };
    const guesses = Array.from({ length: 60 }, (_, i) => ask(`alice:wrong ${i}`, '2001:db8::1'));
    const others = [
      ask('alice:right alice', '2001:db8::ffff'),
      ask('bob:right bob', '2001:db8::1'),
      ask('carol:right carol', '192.0.2.1'),
    ];
    await Promise.all([...guesses, ...others]);
    const placeOf = (name: string): number => order.indexOf(`granted ${name}:right ${name}`);
    // By the turns of addresses, and then of names, after the one that was being checked.
    assert.ok(placeOf('carol') >= 0 && placeOf('carol') <= 2, `${placeOf('carol')}`);
    assert.ok(placeOf('bob') >= 0 && placeOf('bob') <= 4, `${placeOf('bob')}`);
    assert.equal(placeOf('alice'), order.length - 1, 'of one place and name, in the order in which they come');
  });

  it('compares who does not exist at a cost that some user has, for each name the same', () => {
    const hashes = [4, 5, 6].map((cost) => hashSync('right', cost));
    const users = new Map(hashes.map((hash, index) => [`user${index}`, hash]));
    const costs = Array.from({ length: 100 }, (_, i) => nobodysHash(`nobody${i}`, users).slice(0, 7));
    assert.deepEqual([...new Set(costs)].sort(), ['$2b$04$', '$2b$05$', '$2b$06$']);
    // Other users of other names do not change it, nor does their order.
    const again = new Map([...users].reverse().map(([name, hash]) => [`${name}x`, hash]));
    assert.deepEqual(
      costs,
      costs.map((_, i) => nobodysHash(`nobody${i}`, again).slice(0, 7)),
    );
  });
});
