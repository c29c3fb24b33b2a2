/** Globs for names: `*` stands for any characters or none, `?` for one character, all else for itself. */

export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** In at most |pattern| · |name| steps: a regular expression could take time without end for a hostile pattern. */
export function matchesGlob(pattern: string, name: string): boolean {
  let at = 0;
  let from = 0;
  // The last `*`, and how far it reaches by now: when what follows does not fit, it takes one character more.
  let star = -1;
  let reach = 0;
  while (from < name.length) {
    if (pattern[at] === '*') {
      star = at;
      reach = from;
      at += 1;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[from])) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      reach += 1;
      at = star + 1;
      from = reach;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
