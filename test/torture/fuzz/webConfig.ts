/** Web-config files: each is taken or refused with a FileError, and no change of one takes the passwords away. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '../../../src/yaml/diagnostics.js';
import { WebConfigFile } from '../../../src/http/webConfig/file.js';
import { Clocks } from '../clock.js';
import { assertToldWell } from './configErrors.js';
import { mutated } from './mutation.js';
import { check, type Target } from './target.js';

const HASH = '$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG';
const GOOD = [
  `basic_auth_users:\n  alice: ${HASH}\n  bob: "${HASH}"\n`,
  `http_server_config:\n  http2: true\n  headers:\n    X-Frame-Options: deny\nbasic_auth_users: {alice: "${HASH}"}\n`,
  `rate_limit: {interval: 1s, burst: 20}\nbasic_auth_users:\n  alice: ${HASH}\n`,
];
const WORDS = [
  ...[
    'tls_server_config:',
    'basic_auth_users:',
    'http_server_config:',
    'rate_limit:',
    'headers:',
    'cert_file: ',
    'http2: ',
  ],
  ...[
    'interval: ',
    'burst: ',
    '1s',
    '1h30m',
    '-1s',
    '0',
    'alice',
    HASH,
    '$2y$',
    '{',
    '}',
    '[',
    ']',
    '"',
    ': ',
    '- ',
    '~',
  ],
  ...['null', 'true', 'off', '\n', '\r\n', '\t', '&a ', '*a', '<<: ', '---\n', '#', '\u0000', '\u001b[2J', '__proto__'],
];
/** Longer than the file in force goes unwatched. */
const LATER = 2000;

export const webConfigTarget: Target = {
  name: 'web-config files',
  share: 150_000,
  async run(seed, cases) {
    const dir = mkdtempSync(join(tmpdir(), 'kcounter-fuzz-'));
    const file = join(dir, 'web.yml');
    const clocks = new Clocks();
    const counts = { taken: 0, refused: 0 };
    clocks.install();
    try {
      await check(
        'a web-config file',
        mutated(
          GOOD.map((text) => Buffer.from(text)),
          WORDS,
        ),
        (bytes) => {
          writeFileSync(file, GOOD[0]!);
          let told: FileError | undefined;
          const inForce = new WebConfigFile(file, (error) => (told = error));
          writeFileSync(file, bytes);
          clocks.pass(LATER);
          const { users } = inForce.current;
          if (told !== undefined) {
            assertToldWell(told, bytes.toString());
            counts.refused++;
          } else counts.taken++;
          assert.ok(users.size > 0, 'whoever had to give a password must give one still');
        },
        seed,
        cases,
      );
    } finally {
      clocks.remove();
      rmSync(dir, { recursive: true });
    }
    return { cases, counts };
  },
};
