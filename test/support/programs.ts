/** Real programs that some tests need, such as Prometheus. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * For the `skip` option of a test that needs these programs: false where all are there, else the reason. In CI nothing is skipped: the
 * test then runs, and fails for want of the program.
 */
export function skipUnless(...programs: readonly string[]): string | false {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length === 0 || process.env['CI'] !== undefined) return false;
  return `not installed: ${missing.join(', ')}`;
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
