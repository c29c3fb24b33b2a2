/** A snapshot that lasts: the values of two reads are compared, and a page that comes between two reads is told of the last one. */
import type { Snapshot } from '../snapshots/snapshot.js';

/** @param into a copy that is no longer wanted, whose memory is used again where it fits */
export function copySnapshot({ layout, words, states, report }: Snapshot, into?: Snapshot): Snapshot {
  if (into?.words.length !== words.length || into.states.length !== states.length) {
    return { layout, words: words.slice(), states: states.slice(), report };
  }
  into.words.set(words);
  into.states.set(states);
  return { layout, words: into.words, states: into.states, report };
}
