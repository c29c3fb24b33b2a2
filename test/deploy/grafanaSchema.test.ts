/** Covers: grafana/dashboards, held against the types that Grafana publishes. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import ts from 'typescript';
import { packageRoot } from '../../src/packageRoot.js';

/** Grafana publishes no JSON schema of its dashboards, but TypeScript types: so that its compiler is what checks them. */
const folder = join(packageRoot, 'deploy', 'grafana', 'dashboards');
const names = readdirSync(folder);

/** Files that are only in memory, by path: each holds one dashboard as a literal. They lie where imports are found. */
const files = new Map<string, string>();
const pathOf = (name: string): string => join(packageRoot, 'test', 'deploy', `checked-${name}.ts`);

function add(name: string, json: string): void {
  files.set(
    pathOf(name),
    `import type { DashboardJson } from './grafanaTypes.js';\nexport const dashboard: DashboardJson = ${json};`,
  );
}

/** Spoils a dashboard of which everything else is right; the message says what is not. */
const broken: Readonly<Record<string, readonly [RegExp, replacement: string, message: RegExp]>> = {
  'a text that is none of an enum': [/"sort": "desc"/, '"sort": "down"', /'"down"' is not assignable/],
  'a member that does not exist': [/"fillOpacity"/, '"fillOpacty"', /'"fillOpacty"' does not exist/],
  'a number where a text belongs': [/"uid": "kcounter-overview"/, '"uid": 7', /'number' is not assignable/],
  'a member that is missing': [/"schemaVersion": 39,/, '', /'schemaVersion' is missing/],
  'an option of another kind of panel': [
    /"type": "stat"/,
    '"type": "heatmap"',
    /not assignable|missing|does not exist/,
  ],
};

describe('dashboards, by the types that Grafana publishes', () => {
  let program: ts.Program;

  before(() => {
    for (const name of names) add(name, readFileSync(join(folder, name), 'utf8'));
    const overview = readFileSync(join(folder, 'overview.json'), 'utf8');
    for (const [what, [pattern, replacement]] of Object.entries(broken)) {
      assert.match(overview, pattern);
      add(what, overview.replace(pattern, replacement));
    }
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      // The package's types import each other without file extensions.
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    };
    const host = ts.createCompilerHost(options);
    const getSourceFile = host.getSourceFile.bind(host);
    host.getSourceFile = (path, ...rest) => {
      const text = files.get(path);
      return text === undefined
        ? getSourceFile(path, ...rest)
        : ts.createSourceFile(path, text, ts.ScriptTarget.ES2023);
    };
    program = ts.createProgram([...files.keys()], options, host);
  });

  function complaints(name: string): string[] {
    const file = program.getSourceFile(pathOf(name));
    assert.ok(file);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText, start }) =>
        `${ts.flattenDiagnosticMessageText(messageText, '\n')} at: ${file.text.slice(start, (start ?? 0) + 60)}`,
    );
  }

  it('knows the types: none is unknown', () => {
    const types = program.getSourceFile(join(packageRoot, 'test', 'deploy', 'grafanaTypes.ts'));
    assert.ok(types);
    assert.deepEqual(
      program.getSemanticDiagnostics(types).map(({ messageText }) => messageText),
      [],
    );
  });

  for (const name of names) {
    it(`finds nothing wrong with ${name}`, () => {
      assert.deepEqual(complaints(name), []);
    });
  }

  for (const [what, [, , message]] of Object.entries(broken)) {
    it(`would find ${what}`, () => {
      assert.match(complaints(what).join('\n'), message);
    });
  }
});
