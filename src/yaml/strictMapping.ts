/** The schema of a mapping with known keys and no others. */
import * as z from 'zod/mini';

/** For an unknown key the error lists those that there are. */
export function strictMapping<T extends z.core.$ZodShape>(shape: T) {
  const error = (issue: z.core.$ZodRawIssue): string =>
    issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : 'a mapping';
  return z.strictObject(shape, { error });
}
