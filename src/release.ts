/** Which release of the exporter this is, and what runs it. */
import { version } from './packageRoot.js';

/** Put in by bundle.js: the commit that was bundled, or "" where that was not known. */
declare const REVISION: string | undefined;

/** Node.js or Bun, with its version. */
export const runtime =
  process.versions['bun'] === undefined ? `node ${process.versions.node}` : `bun ${process.versions['bun']}`;

/** As other exporters tell it. */
export function versionText(): string {
  const revision = typeof REVISION === 'undefined' || REVISION === '' ? '' : ` (revision: ${REVISION})`;
  return `kcounter_exporter, version ${version}${revision}
  platform: ${process.platform}/${process.arch}
  runtime:  ${runtime}`;
}
