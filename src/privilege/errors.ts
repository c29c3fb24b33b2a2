/** The program could not become the user that it was told to, or it might become root again; the message is written for the user. */
export class PrivilegeError extends Error {
  override readonly name = 'PrivilegeError';
}
