/**
 * Makes dist/main.js: the program and its dependencies in one file, since a third of the start would go into finding and opening 600 files.
 * koffi stays outside: it loads the library for the platform that it runs on.
 */
import { build } from 'esbuild';
import { chmodSync } from 'node:fs';
import { resolve } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

/** No request's body is parsed here, and what would parse it brings every character set there is: half a megabyte. */
const withoutBodyParser = {
  name: 'without-body-parser',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^body-parser$/ }, ({ path }) => ({ path, namespace: 'unused' }));
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
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
    format: 'esm',
    external: ['koffi'],
    plugins: [withoutBodyParser],
    // The source text stays in memory: without its white space that is some megabytes less. Names are kept, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    // Dependencies that are CommonJS modules ask for Node's own modules by require().
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  });
}

if (resolve(argv[1]) === fileURLToPath(import.meta.url)) {
  // The thread that checks passwords has a file of its own, named as main.ts' part of it names it.
  await bundle({ main: 'src/main.ts', authWorker: 'src/http/authWorker.ts' }, 'dist');
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
}
