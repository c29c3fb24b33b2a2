/** One config file, held against the config's schema. */
import { CheckedFile } from '../yaml/checkedFile.js';
import { configSchema, type UserConfig } from './schema.js';

export class ConfigFile extends CheckedFile<UserConfig> {
  constructor(file: string) {
    super(file, configSchema, { name: 'a config', form: 'that begins with `version: 1`' });
  }
}
