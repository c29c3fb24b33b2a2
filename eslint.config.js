import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { openRooms, rooms } from './house.js';

const allRooms = [...Object.keys(rooms), ...openRooms];

/** Files that index typed arrays and tables that run beside them, within bounds that their loops make: the type checker cannot see that. */
const indexesWithinBounds = [
  'src/ctf/{dataObjects,nameIndex,stringTable,typeTable}.ts',
  'src/discover/discover.ts',
  'src/exposition/{block,decimal,furtherText,spreadText,startedLines,textBuffer}.ts',
  'src/exposition/deflate/{bitWriter,deflateCode,documentCoder,heads,lineCode,messageCoder}.ts',
  'src/exposition/formats/openmetrics.ts',
  'src/exposition/protobuf/familyMessage.ts',
  'src/kernel/zpcpu.ts',
  'src/kernel/{linker/fileList,live/facts,live/selfTest,live/symbols}.ts',
  'src/layouts/counterSums.ts',
  'src/live/tickText.ts',
  'src/page/{draw,past,seriesData}.ts',
  'src/plan/{cellPlan,copyPlan,layout,planner,resolution}.ts',
  'src/plan/lists/{listFollower,rooms,vnetFollower,walker}.ts',
  'src/scrape/{cellReader,copyReader,gather,reading,sinceBoot}.ts',
  'src/plan/sockets/localName.ts',
  'src/simulator/memory/{history,sockets}.ts',
  'src/simulator/model/traffic.ts',
  'src/snapshots/{pacer,symbolStatus,symbolWatch,values}.ts',
  'src/snapshots/activity/{activity,history,peaks,slots,spread}.ts',
  'src/top/comparison.ts',
  'src/truth/{course,prover}.ts',
];

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
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // There are no enums here, and to look for them takes an eighth of the time.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
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
  {
    // A test whose `!` is wrong fails, as it should.
    files: ['test/**/*.ts', 'deploy/**/*.ts', ...indexesWithinBounds],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  ...importDirections(),
);
