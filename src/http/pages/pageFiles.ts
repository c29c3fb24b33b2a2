/**
 * The live page's script and style sheet, and the alerts that are shipped. Read once, at the start: whoever puts another release in the place of the files, or builds them anew,
 * does not take them from pages that are open, nor gives a page the script of another release than the exporter is of. Some 100 kB.
 */
import type { RequestHandler } from 'express';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keptFile } from '../../packageFiles.js';
import { packageRoot } from '../../packageRoot.js';

export const pageFileTypes = {
  'page.js': 'text/javascript',
  'page.css': 'text/css',
  'alerts.json': 'application/json',
} as const;

interface Read {
  readonly text: Buffer;
  readonly tag: string;
}

/** A browser asks each time whether it has the newest: after an update it would else show numbers with yesterday's code. */
export function pageFile(name: keyof typeof pageFileTypes): RequestHandler {
  let read: Read | undefined;
  try {
    read = readOf(name);
  } catch {
    // Where they are not built or not to be read, whoever asks for them is told.
  }
  return (request, response) => {
    read ??= readOf(name);
    const { text, tag } = read;
    response.set({ ETag: tag, 'Cache-Control': 'no-cache', 'Content-Type': `${pageFileTypes[name]}; charset=utf-8` });
    if (request.get('If-None-Match') === tag) response.status(304).end();
    else response.send(text);
  };
}

function readOf(name: string): Read {
  const file = join(packageRoot, 'dist', 'page', name);
  const text = keptFile(file) ?? readFileSync(file);
  return { text, tag: `"${createHash('sha256').update(text).digest('hex').slice(0, 32)}"` };
}
