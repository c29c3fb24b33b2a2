/** A failure whose message is written for the user: it says what is wrong and what to do, so no stack trace is shown. */
export class UserError extends Error {
  override readonly name = 'UserError';
}
