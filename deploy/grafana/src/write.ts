/** Writes every dashboard as JSON: `npm run dashboards`. */
import { writeFileSync } from 'node:fs';
import { dashboards, fileOf, textOf } from './dashboards.js';

for (const [name, dashboard] of Object.entries(dashboards)) writeFileSync(fileOf(name), textOf(dashboard));
