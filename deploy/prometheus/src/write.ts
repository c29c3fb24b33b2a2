/** Writes runbooks.md: `npm run runbooks`. */
import { writeFileSync } from 'node:fs';
import { runbooks, runbooksFile } from './runbooks.js';

writeFileSync(runbooksFile, runbooks());
