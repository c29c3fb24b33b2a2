/** The house as a whole: no cycles among the files of src/, and each room imports only from those that house.js lets it know. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { againstDirection, cycles, describeCycle, importsOf, readHouse, readTree, type Tree } from './support/house.js';

describe('the files of src/', () => {
  it('import each other in no circle', async () => {
    const { tree } = await readHouse();
    assert.ok(tree.files.length > 200 && tree.imports.length > tree.files.length, 'the tree was not read');
    assert.deepEqual(
      cycles(tree).map((group) => describeCycle(tree, group)),
      [],
    );
  });

  it('import only from the rooms that house.js lets theirs know', async () => {
    const { plan, tree } = await readHouse();
    assert.deepEqual(againstDirection(tree, plan), []);
  });
});

describe('the check of the house', () => {
  it('finds cycles, also by types alone and by imports that run later, and names the shortest way around', () => {
    const tree = treeOf({
      'main.ts': "import { a } from './low/a.js';",
      'low/a.ts': "import type { B } from './deep/b.js';\nexport const a = 1;",
      'low/deep/b.ts': "export type B = import('../c.js').C;",
      'low/c.ts': "export type C = 1;\nexport const later = () => import('./a.js');\nexport * from './alone.js';",
      'low/alone.ts': "import { readFileSync } from 'node:fs';\nexport * from '../high/self.js';",
      'high/self.ts': "import * as self from './self.js';",
      'high/d.ts': "import { e } from './e.js';\nimport './f.js';",
      'high/e.ts': "import './d.js';",
      'high/f.ts': "import './e.js';",
    });
    const groups = cycles(tree);
    assert.deepEqual(groups, [
      ['high/d.ts', 'high/e.ts', 'high/f.ts'],
      ['high/self.ts'],
      ['low/a.ts', 'low/c.ts', 'low/deep/b.ts'],
    ]);
    assert.deepEqual(
      groups.map((group) => describeCycle(tree, group)),
      [
        'cycle: high/d.ts → high/e.ts → high/d.ts (in the same knot: high/f.ts)',
        'cycle: high/self.ts → high/self.ts',
        'cycle: low/a.ts → low/deep/b.ts → low/c.ts → low/a.ts',
      ],
    );
  });

  it('finds imports against the direction, and rooms of which nothing is said', () => {
    const tree = treeOf({
      'main.ts': "import './attic/box.js';\nimport './high/a.js';",
      'attic/box.ts': "import '../low/b.js';",
      'high/a.ts': "import '../low/b.js';\nimport '../packageRoot.js';",
      'low/b.ts': "// A line.\nexport type { A } from '../high/a.js';",
      'low/deep/c.ts': "import '../b.js';\nimport '../../middle/d.js';",
      'middle/d.ts': "import '../all/e.js';\nimport '../low/deep/c.js';",
      'all/e.ts': "import '../high/a.js';",
      'packageRoot.ts': '',
    });
    const plan = {
      rooms: { low: [], middle: ['low', 'high'], high: ['low'] },
      openRooms: ['all'],
      innerRooms: { 'low/deep': ['all'] },
    };
    assert.deepEqual(againstDirection(tree, plan), [
      'house.js does not say what the room attic/ may import from',
      'low/b.ts:2 imports high/a.ts, but low/ may import from no other room',
      'low/deep/c.ts:2 imports middle/d.ts, but low/ may import from no other room',
      'middle/d.ts:1 imports all/e.ts, but middle/ may import from low, high only',
      'middle/d.ts:2 imports low/deep/c.ts, but only all may import from low/deep/',
    ]);
  });

  it('takes no comment and no text for an import', () => {
    assert.deepEqual(importsOf("// import './a.js';\nconst text = \"import './b.js'\";\nawait import(`./c.js`);"), [
      { specifier: './c.js', line: 3 },
    ]);
  });

  it('does not pass over an import that leads nowhere', () => {
    assert.throws(() => treeOf({ 'low/a.ts': "import '../high/b.js';" }), {
      message: 'low/a.ts:1 imports ../high/b.js, which is no file of the tree',
    });
  });
});

/** The tree of files with these texts. */
function treeOf(texts: Readonly<Record<string, string>>): Tree {
  const folder = mkdtempSync(join(tmpdir(), 'kcounter-house-'));
  try {
    for (const [file, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    return readTree(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
