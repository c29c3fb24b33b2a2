/** Run as a script (`npm run schema`): writes config/kcounter.schema.json anew after schema.ts has changed. */
import { writeFileSync } from 'node:fs';
import { configJsonSchema, JSON_SCHEMA_FILE } from './jsonSchema.js';

writeFileSync(JSON_SCHEMA_FILE, configJsonSchema());
