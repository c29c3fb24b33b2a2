#!/usr/bin/env node
/**
 * What becomes dist/main.js: it loads the program, main.ts, where Node.js is recent enough. An older one would fail on the program's syntax, and npm
 * only warns of that. bundle.js writes this file in the JavaScript of 2015.
 */
import { isInRange, rangeText } from './nodeRange.js';

/** "engines" of package.json, put in by bundle.js. */
declare const NODE_RANGE: string;

if (isInRange(process.versions.node, NODE_RANGE)) {
  // Only in dist/ it stands beside this file, under a name of its own, so that no import could name it.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  require('./program.js');
} else {
  console.error(
    `kcounter_exporter: ${process.execPath} is Node.js ${process.versions.node}, and ${rangeText(NODE_RANGE)} is needed`,
  );
  process.exitCode = 1;
}
