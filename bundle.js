/**
 * Makes dist/main.js: the program and its dependencies in one file, since a third of the start would go into finding and opening 600 files;
 * a CommonJS module, since Node.js loads these, its own ones and koffi by them, some 30 ms sooner than ES modules. koffi stays outside: it
 * loads the library for the platform that it runs on.
 */
import { build } from 'esbuild';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** What express brings and this program never uses: it parses no bodies, and names the types of what it sends. 0.7 MB of source. */
const unused = {
  'body-parser': {},
  'mime-db': { 'text/html': { extensions: ['html'] } },
};
const withoutUnused = {
  name: 'without-unused',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(${Object.keys(unused).join('|')})$`) }, ({ path }) => ({
      path,
      namespace: 'unused',
    }));
    onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({
      contents: JSON.stringify(unused[path]),
      loader: 'json',
    }));
  },
};

/** @param entryPoints file names without their ending, and what goes into them */
export async function bundle(entryPoints, outdir) {
  await build({
    entryPoints,
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['koffi'],
    plugins: [withoutUnused],
    // The source text stays in memory: without its white space that is some megabytes less. Names are kept, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    define: { 'import.meta.url': 'moduleUrl' },
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  // The package's own files are ES modules.
  writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
}

const RULES = 'deploy/prometheus/alerts.rules.yml';

/** The alerts of a rules file as src/page/alerts.ts wants them; none where there is no such file. */
function alertsOf(file) {
  const groups = existsSync(file) ? parse(readFileSync(file, 'utf8')).groups : [];
  return groups
    .flatMap(({ rules }) => rules)
    .map(({ alert, expr, for: lasts = '', labels, annotations }) => ({
      name: alert,
      expr: expr.trim(),
      for: lasts,
      severity: labels.severity,
      runbook: annotations.runbook,
    }));
}

if (resolve(argv[1]) === fileURLToPath(import.meta.url)) {
  // The thread that checks passwords has a file of its own, named as main.ts' part of it names it.
  await bundle({ main: 'src/main.ts', authWorker: 'src/http/auth/authWorker.ts' }, 'dist');
  chmodSync('dist/main.js', 0o755);
  await build({
    entryPoints: [
      { in: 'src/page/main.ts', out: 'page' },
      { in: 'src/page/page.css', out: 'page' },
    ],
    outdir: 'dist/page',
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    minify: true,
  });
  writeFileSync('dist/page/alerts.json', JSON.stringify(alertsOf(RULES)));
}
