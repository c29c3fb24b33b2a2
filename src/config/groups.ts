/** The groups of a config, by which a scrape can ask for a part of it: each pack and each config file is one, under its own name. */
import { basename, extname } from 'node:path';
import type { Config, ConfigEntry } from './model.js';

/** `tcp` for what .../tcp.yaml says. */
export function groupOf({ at }: Pick<ConfigEntry, 'at'>): string {
  return basename(at.file, extname(at.file));
}

/** In the order of their names. */
export function groupsOf({ entries }: Config): string[] {
  return [...new Set(entries.map(groupOf))].sort();
}
