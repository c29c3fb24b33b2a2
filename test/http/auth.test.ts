import { hashSync } from 'bcryptjs';
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { BasicAuth, parseBasic } from '../../src/http/auth.js';

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
    const slow = new Map([['alice', hashSync('right', 11)]]);
    const time = async (credentials: string): Promise<number> => {
      const begin = performance.now();
      await auth.verdict(basic(credentials), slow);
      return performance.now() - begin;
    };
    // The thread has started and the code is compiled before times are compared.
    await time('alice:first');
    const [right, wrong, nobody] = [await time('alice:right'), await time('alice:wrong'), await time('nobody:wrong')];
    const [again, wrongAgain] = [await time('alice:right'), await time('alice:wrong')];
    test.diagnostic(
      `bcrypt of cost 11: right ${right.toFixed(0)} ms, wrong ${wrong.toFixed(0)} ms, nobody ${nobody.toFixed(0)} ms; ` +
        `again: right ${again.toFixed(3)} ms, wrong ${wrongAgain.toFixed(3)} ms`,
    );
    // Not how long: only that what is known is not computed again.
    assert.ok(again < right && wrongAgain < wrong);
  });

  it('holds the event loop for no password, and lets only so many wait', async (test) => {
    const slow = new Map([['alice', hashSync('right', 10)]]);
    assert.equal(await auth.verdict(basic('alice:right'), slow), 'granted');
    const tried = Array.from({ length: 50 }, (_, i) => auth.verdict(basic(`alice:${i}`), slow));
    const begin = performance.now();
    assert.equal(await auth.verdict(basic('alice:right'), slow), 'granted');
    test.diagnostic(`a known password while 32 wait: ${(performance.now() - begin).toFixed(2)} ms`);
    const same = [auth.verdict(basic('alice:0'), slow), auth.verdict(basic('alice:0'), slow)];
    const verdicts = await Promise.all(tried);
    assert.equal(verdicts.filter((verdict) => verdict === 'refused').length, 32);
    assert.equal(verdicts.filter((verdict) => verdict === 'busy').length, 18);
    assert.deepEqual(await Promise.all(same), ['refused', 'refused']);
  });
});
