/** The heads and entries of the balanced trees of <sys/tree.h>, by release. */
import type { Release } from '../profiles.js';
import { array, cInt, forward, pointer, struct, type CType, type StructType } from './ctypes.js';

export function rbHead(name: string, element: CType): StructType {
  return struct(name, { rbh_root: pointer(element) });
}

/**
 * In 12 a colour has a member of its own; after that it is told by the low two bits of the pointer to the parent. The array, with the parent first,
 * came between the simulated 14, which is an early -CURRENT, and 14.0.
 */
export function rbEntry(release: Release, of: string): StructType {
  const link = pointer(forward(of));
  if (release >= 15) return struct('', { rbe_link: array(link, 3) });
  const links = { rbe_left: link, rbe_right: link, rbe_parent: link };
  return struct('', release === 12 ? { ...links, rbe_color: cInt } : links);
}

/** Where the links are in an entry. */
export function rbPaths(release: Release): Readonly<Record<'left' | 'right' | 'parent', string>> {
  return release >= 15
    ? { left: 'rbe_link[1]', right: 'rbe_link[2]', parent: 'rbe_link[0]' }
    : { left: 'rbe_left', right: 'rbe_right', parent: 'rbe_parent' };
}
