/**
 * Makes dist/main.js: the program and its dependencies in one file, since a third of the start would go into finding and opening 600 files.
 * koffi stays outside: it loads the library for the platform that it runs on.
 */
import { build } from 'esbuild';
import { chmodSync } from 'node:fs';

await build({
  // The thread that checks passwords has a file of its own, named as main.ts' part of it names it.
  entryPoints: { main: 'src/main.ts', authWorker: 'src/http/authWorker.ts' },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['koffi'],
  // The source text stays in memory: without its white space that is some megabytes less. Names are kept, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  // Dependencies that are CommonJS modules ask for Node's own modules by require().
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
});
chmodSync('dist/main.js', 0o755);
