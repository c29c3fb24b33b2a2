/**
 * Copies a snapshot, whose memory the next read writes to again: the feed compares the values of two reads, and sends the last ones to pages that
 * are opened before the next read.
 */
import type { Snapshot } from '../snapshots/snapshot.js';

/** @param into a copy that is no longer needed, whose memory is used again if it has the right size */
export function copySnapshot(
  { layout, words, areSumsAlone, states, origins, report }: Snapshot,
  into?: Snapshot,
): Snapshot {
  if (into?.words.length !== words.length || into.states.length !== states.length) {
    return { layout, words: words.slice(), areSumsAlone, states: states.slice(), origins, report };
  }
  into.words.set(words);
  into.states.set(states);
  return { layout, words: into.words, areSumsAlone, states: into.states, origins, report };
}
