import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The rooms of src/ and what each may import from, so that what is read flows one way: config → plan → snapshots → exposition → http. A room that
 * is not listed, and files directly in src/, may import from all.
 */
const rooms = {
  yaml: [],
  kernel: [],
  ctf: [],
  output: [],
  privilege: [],
  config: ['yaml'],
  plan: ['config', 'ctf', 'kernel', 'yaml'],
  snapshots: ['config', 'kernel', 'plan'],
  // What fills a snapshot knows what one is; what reads at a time, and for whom, is for snapshots/ to know.
  scrape: ['config', 'kernel', 'plan', 'snapshots'],
  truth: ['kernel', 'plan', 'snapshots'],
  discover: ['config', 'ctf', 'kernel', 'plan', 'scrape', 'snapshots'],
  exposition: ['config', 'plan', 'snapshots'],
  telemetry: ['config', 'exposition', 'kernel', 'snapshots'],
  live: ['config', 'exposition', 'kernel', 'plan', 'snapshots'],
  http: ['config', 'exposition', 'kernel', 'live', 'snapshots', 'yaml'],
  page: ['live'],
  // What stands in for a kernel is opened like one.
  simulator: ['kernel'],
};
const allRooms = [...Object.keys(rooms), 'service', 'commands'];

/** One rule for each room: no import from a room that it may not know. */
function importDirections() {
  return Object.entries(rooms).map(([room, known]) => {
    const unknown = `(?!(?:${[room, ...known].join('|')})/)`;
    return {
      files: [`src/${room}/**/*.ts`],
      rules: {
        '@typescript-eslint/no-restricted-imports': [
          'error',
          {
            patterns: [
              {
                // However deep the importing file lies, what follows the last ../ of an import from another room is that room's folder.
                regex: `^(?:\\.\\./)+${unknown}(?:${allRooms.join('|')})/`,
                message: `src/${room} may import from ${known.length === 0 ? 'no other room' : known.join(', ')} only.`,
              },
            ],
          },
        ],
      },
    };
  });
}

export default tseslint.config(
  { ignores: ['dist/', 'build/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.test.json', './src/page/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // Indexes into typed arrays are checked by the loops that make them; the type checker cannot see that.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Express tells an error handler by its four parameters, used or not.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // node:test's describe() and it() return promises that the runner awaits itself.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['describe', 'it', 'test', 'suite'] },
          ],
        },
      ],
    },
  },
  ...importDirections(),
);
