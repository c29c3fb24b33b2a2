/** The history of all rows as the page gets it: PastHead in messages.ts says how. */
import type { PastPoints } from '../snapshots/activity/history.js';
import type { PastHead } from './messages.js';

export function pastBytes(layout: string, { begin, ends, values }: PastPoints): Buffer {
  const head: PastHead = { layout, begin, ends };
  const text = JSON.stringify(head);
  const length = Math.ceil(Buffer.byteLength(text) / 4) * 4;
  const bytes = Buffer.alloc(4 + length + values.byteLength, ' ');
  bytes.writeUInt32LE(length);
  bytes.write(text, 4);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 4 + length);
  return bytes;
}
