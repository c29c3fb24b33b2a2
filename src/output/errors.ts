/** A file could not be written; the message is written for the user. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}
