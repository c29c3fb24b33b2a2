/** The versions of Node.js that package.json names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/packageRoot.js';

const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { engines: { node: string } };

export const engines = manifest.engines.node;

/** Around each end of the range, and far from it. */
export const versionsToTry = '6.17.1 20.18.3 20.19.0 21.7.3 22.1.0 22.2.0 23.0.0 26.10.0'.split(' ');
