/** The kernel's doubly linked lists (LIST of queue(3)): the next element, then where the pointer to this one is. */
import type { Words } from './words.js';

/** @param link where in an element its LIST_ENTRY is */
export function insertAt(words: Words, pointer: bigint, element: bigint, link: bigint): void {
  const next = words.load(pointer);
  words.store(element + link, next);
  words.store(element + link + 8n, pointer);
  if (next !== 0n) words.store(next + link + 8n, element + link);
  words.store(pointer, element);
}

export function removeFrom(words: Words, element: bigint, link: bigint): void {
  const next = words.load(element + link);
  const pointer = words.load(element + link + 8n);
  if (next !== 0n) words.store(next + link + 8n, pointer);
  words.store(pointer, next);
}

export function elementsOf(words: Words, head: bigint, link: bigint): bigint[] {
  const found: bigint[] = [];
  for (let at = words.load(head); at !== 0n; at = words.load(at + link)) found.push(at);
  return found;
}
