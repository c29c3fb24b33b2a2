/**
 * Makes dist/program.js: the program and its dependencies in one file, since a third of the start would go into finding and opening 600 files;
 * a CommonJS module, since Node.js loads these, its own ones and koffi by them, some 30 ms sooner than ES modules. koffi stays outside: it
 * loads the library for the platform that it runs on. dist/main.js is what is called: see src/launch.ts.
 */
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { argv, env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { notices, packagesOf } from './notices.js';

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

/**
 * The commit that is bundled, "-dirty" where files differ from it. A checkout without git has none, nor has one within another project's:
 * whoever knows it there tells it in KCOUNTER_REVISION, as make-dist.sh does.
 */
function revision() {
  if (env.KCOUNTER_REVISION !== undefined) return env.KCOUNTER_REVISION;
  if (!existsSync('.git')) return '';
  const words = [
    '-c',
    `safe.directory=${resolve('.')}`,
    'describe',
    '--always',
    '--dirty',
    '--abbrev=12',
    '--exclude=*',
  ];
  try {
    return execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

/**
 * @param entryPoints file names without their ending, and what goes into them
 * @returns the packages that went into them
 */
export async function bundle(entryPoints, outdir) {
  const { metafile } = await build({
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
    metafile: true,
    define: { 'import.meta.url': 'moduleUrl', REVISION: JSON.stringify(revision()) },
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  // The package's own files are ES modules.
  writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
  return packagesOf(metafile);
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
  const packages = await bundle({ program: 'src/main.ts', authWorker: 'src/http/auth/authWorker.ts' }, 'dist');
  writeFileSync('dist/THIRD_PARTY_NOTICES.txt', notices(packages));
  await build({
    entryPoints: { main: 'src/launch.ts' },
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    target: 'es2015',
    format: 'cjs',
    external: ['./program.js'],
    define: { NODE_RANGE: JSON.stringify(JSON.parse(readFileSync('package.json', 'utf8')).engines.node) },
  });
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
