/**
 * The live page's script and style sheet, and the alerts that are shipped. Read once, at the start: whoever puts another release in the place of the files, or builds them anew,
 * does not take them from pages that are open, nor gives a page the script of another release than the exporter is of. Some 100 kB.
 */
import type { RequestHandler } from 'express';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { keptFile } from '../../packageFiles.js';
import { packageRoot } from '../../packageRoot.js';
import { takesGzip } from '../request/negotiation.js';

export const pageFileTypes = {
  'page.js': 'text/javascript',
  'page.css': 'text/css',
  'alerts.json': 'application/json',
} as const;

interface Read {
  readonly body: Buffer;
  readonly tag: string;
}

/** A browser asks each time whether it has the newest: after an update it would else show numbers with yesterday's code. */
export function pageFile(name: keyof typeof pageFileTypes): RequestHandler {
  let plain: Read | undefined;
  let packed: Read | undefined;
  try {
    plain = readOf(name);
  } catch {
    // Where they are not built or not to be read, whoever asks for them is told.
  }
  return (request, response) => {
    plain ??= readOf(name);
    const isPacked = takesGzip(request.get('Accept-Encoding'));
    // Packed when the first one asks: an exporter at which nobody looks needs none.
    const { body, tag } = isPacked ? (packed ??= tagged(gzipSync(plain.body))) : plain;
    response.set({ ETag: tag, 'Cache-Control': 'no-cache', 'Content-Type': `${pageFileTypes[name]}; charset=utf-8` });
    response.vary('Accept-Encoding');
    if (isPacked) response.set('Content-Encoding', 'gzip');
    if (request.get('If-None-Match') === tag) response.status(304).end();
    else response.send(body);
  };
}

function readOf(name: string): Read {
  const file = join(packageRoot, 'dist', 'page', name);
  return tagged(keptFile(file) ?? readFileSync(file));
}

function tagged(body: Buffer): Read {
  return { body, tag: `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"` };
}
