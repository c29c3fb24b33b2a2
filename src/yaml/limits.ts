/** How large a file that somebody wrote may be. One beyond one of these ends in an error before it costs time or memory. */

const KIB = 1024;

/** Bytes of one file. */
export const MAX_FILE_BYTES = 1024 * KIB;

/** How long a pipe may keep the loader waiting for its bytes. */
export const MAX_PIPE_WAIT_MS = 2000;

/** Collections within collections: more than anybody writes by hand. */
export const MAX_DEPTH = 20;

/** Tokens of YAML in one file, which takes 3 µs for each. */
export const MAX_TOKENS = 200_000;

/** Values and collections in one file, those that aliases repeat counted each time. */
export const MAX_NODES = 100_000;

/** Errors of one file that are kept; the rest is only counted. */
export const MAX_ERRORS_KEPT = 1000;

/** Errors that a message shows, of all files together. */
export const MAX_ERRORS_SHOWN = 50;
