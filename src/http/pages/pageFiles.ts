/** The live page's script and style sheet. Read when they are asked for: an exporter that nobody looks at does not hold them in memory. */
import type { RequestHandler } from 'express';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keptFile } from '../../packageFiles.js';
import { packageRoot } from '../../packageRoot.js';

export const pageFileTypes = { 'page.js': 'text/javascript', 'page.css': 'text/css' } as const;

/** A browser asks each time whether it has the newest: after an update it would else show numbers with yesterday's code. */
export function pageFile(name: keyof typeof pageFileTypes): RequestHandler {
  return async (request, response) => {
    const file = join(packageRoot, 'dist', 'page', name);
    const text = keptFile(file) ?? (await readFile(file));
    const tag = `"${createHash('sha256').update(text).digest('hex').slice(0, 32)}"`;
    response.set({ ETag: tag, 'Cache-Control': 'no-cache', 'Content-Type': `${pageFileTypes[name]}; charset=utf-8` });
    if (request.get('If-None-Match') === tag) response.status(304).end();
    else response.send(text);
  };
}
