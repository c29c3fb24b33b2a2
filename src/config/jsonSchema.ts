/** The schema as JSON Schema, by which editors complete and check a config as it is written. */
import { join } from 'node:path';
import * as z from 'zod/mini';
import { packageRoot } from '../packageRoot.js';
import { configSchema } from './schema.js';

/** Where the JSON Schema is kept, beside the configs that name it. */
export const JSON_SCHEMA_FILE = join(packageRoot, 'config', 'kcounter.schema.json');

export function configJsonSchema(): string {
  // Draft 7 is what editors' YAML support knows best.
  return `${JSON.stringify(z.toJSONSchema(configSchema, { target: 'draft-7' }), null, 2)}\n`;
}
