/** Covers: all that is written here, as the type checker and the linter see it. Both look at the same programs: to find out the types takes longest. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { packageRoot } from '../src/packageRoot.js';

const host: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => packageRoot,
  getNewLine: () => '\n',
};

/** What a project's files are together, as typescript-eslint wants it: with the way from each node to its parent. */
function programOf(project: string): ts.Program {
  const file = join(packageRoot, project);
  const told = ts.getParsedCommandLineOfConfigFile(file, undefined, { ...ts.sys, onUnRecoverableConfigFileDiagnostic });
  assert.ok(told?.errors.length === 0, ts.formatDiagnostics(told?.errors ?? [], host));
  return ts.createProgram(told.fileNames, told.options, ts.createCompilerHost(told.options, true));
}

function onUnRecoverableConfigFileDiagnostic(diagnostic: ts.Diagnostic): void {
  assert.fail(ts.formatDiagnostic(diagnostic, host));
}

describe('what is written here', () => {
  const programs = ['tsconfig.test.json', 'src/page/tsconfig.json'].map(programOf);

  it('has no fault that the type checker finds', () => {
    for (const program of programs) {
      assert.ok(program.getRootFileNames().length > 20);
      assert.equal(ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), host), '');
    }
  });

  // In parts, each of which has its own time.
  const folders = ['src', 'test'].flatMap((top) =>
    readdirSync(join(packageRoot, top), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${top}/${name}`),
  );
  let seen = 0;
  for (const where of [...folders, '.']) {
    const ignores = where === '.' ? folders.map((folder) => `${folder}/`) : [];
    it(`has no fault that eslint finds: ${where === '.' ? 'what is elsewhere' : where}`, async () => {
      const eslint = new ESLint({
        cwd: packageRoot,
        overrideConfig: [
          { files: ['**/*.ts'], languageOptions: { parserOptions: { programs } } },
          ...ignores.map((folder) => ({ ignores: [folder] })),
        ],
        errorOnUnmatchedPattern: false,
      });
      const results = await eslint.lintFiles(where);
      seen += results.length;
      const formatter = await eslint.loadFormatter('stylish');
      assert.equal(await formatter.format(results), '');
    });
  }

  it('is looked at by eslint whole', () => {
    const files = programs.flatMap((program) => program.getRootFileNames());
    assert.ok(seen >= new Set(files).size, `${seen} files`);
  });
});
