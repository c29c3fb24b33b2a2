/** The page at /: a frame with what is known at once. Its script (src/page) fills in what each counter does, from the stream. */
import type { Facts } from '../../kernel/facts.js';
import type { ProvenReader } from '../../kernel/reader.js';
import { escape } from './html.js';

export interface PageContents {
  readonly version: string;
  readonly telemetryPath: string;
  readonly facts: Pick<Facts, 'origin' | 'release' | 'osreldate' | 'machineArch' | 'cpus'>;
  readonly reader: Pick<ProvenReader, 'reader' | 'reason'>;
}

/** Nothing is taken from elsewhere, and neither script nor style from the page itself: what the kernel or the config say cannot become one. */
export const LIVE_PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Bars of five CPUs, one of them busy. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%230b62a8' " +
  "d='M1 11h2v4H1zM4 9h2v6H4zM10 10h2v5h-2zM13 8h2v7h-2z'/%3E%3Cpath fill='%23c2570c' d='M7 1h2v14H7z'/%3E%3C/svg%3E";

export function livePage({ version, telemetryPath, facts, reader }: PageContents): string {
  const { origin, release, osreldate, machineArch, cpus } = facts;
  const simulated =
    origin === 'simulated'
      ? '<p class="simulated" role="note"><strong>This kernel is simulated:</strong> its numbers are made up by a workload and say nothing about this machine.</p>\n'
      : '';
  // Links are relative, so that they hold behind a proxy that has the exporter under another path.
  const metrics = escape(telemetryPath.slice(1));
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>kcounter_exporter</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="-/page.css">
<script type="module" src="-/page.js"></script>
</head>
<body>
${simulated}<header class="masthead">
<h1>kcounter_exporter <span class="version">${escape(version)}</span></h1>
<nav aria-label="Pages">
<a href="${metrics}">metrics</a>
<a href="symbols">symbols</a>
<a href="config">config</a>
<a href="-/healthy">healthy</a>
<a href="-/ready">ready</a>
</nav>
<dl class="facts">
<div><dt>kernel</dt><dd title="osreldate ${osreldate}">${escape(release)}</dd></div>
<div><dt>arch</dt><dd>${escape(machineArch)}</dd></div>
<div><dt>CPUs</dt><dd>${cpus.length}</dd></div>
<div><dt>series</dt><dd id="series">–</dd></div>
<div><dt>read in</dt><dd id="duration">–</dd></div>
<div class="reader"><dt>reader</dt><dd><b id="reader">${escape(reader.reader)}</b> <span id="reason">${escape(reader.reason)}</span></dd></div>
</dl>
</header>
<noscript><p class="noscript">The live values need JavaScript. Without it there are the <a href="symbols">state of every symbol</a> and the <a href="${metrics}">metrics</a>.</p></noscript>
<main id="main"></main>
</body>
</html>
`;
}
