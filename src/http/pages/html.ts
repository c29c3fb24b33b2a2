/** What the exporter's pages have in common: their frame with its links, and the escaping of what comes from elsewhere. */
import type { Facts } from '../../kernel/facts.js';

export interface PageHead {
  readonly version: string;
  readonly telemetryPath: string;
  readonly facts: Pick<Facts, 'origin' | 'dump'>;
}

/** Nothing is taken from elsewhere, and neither script nor style from the page itself: what the kernel or the config say cannot become one. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Bars of five CPUs, one of them busy. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%230b62a8' " +
  "d='M1 11h2v4H1zM4 9h2v6H4zM10 10h2v5h-2zM13 8h2v7h-2z'/%3E%3Cpath fill='%23c2570c' d='M7 1h2v14H7z'/%3E%3C/svg%3E";

export interface PageParts {
  /** Text. */
  readonly title: string;
  /** What follows is HTML: in the head of the document, in that of the page, and after that. */
  readonly head?: string;
  readonly facts?: string;
  readonly body: string;
}

/** Links are relative, so that they hold behind a proxy that has the exporter under another path. */
export function htmlPage(
  { version, telemetryPath, facts }: PageHead,
  { title, head = '', facts: more = '', body }: PageParts,
): string {
  const notice = noticeOf(facts);
  // Where the metrics are at /, there is no live page.
  const links: [string, string][] = [
    ...(telemetryPath === '/' ? [] : [['./', 'counters'] as [string, string]]),
    [metricsLink(telemetryPath), 'metrics'],
    ['symbols', 'symbols'],
    ['config', 'config'],
    ['-/healthy', 'healthy'],
    ['-/ready', 'ready'],
  ];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="-/page.css">
${head}</head>
<body>
<header>
${notice}<div class="masthead">
<h1>kcounter_exporter <span class="version">${escape(version)}</span></h1>
<nav aria-label="Pages">
${links.map(([path, text]) => `<a href="${path}">${text}</a>`).join('\n')}
</nav>
${more}</div>
</header>
${body}
</body>
</html>
`;
}

/** What must be known of a kernel before anything of it is believed. */
function noticeOf({ origin, dump }: PageHead['facts']): string {
  const note = (lead: string, text: string, attribute = ''): string =>
    `<p class="simulated" role="note"${attribute}><strong>${lead}</strong> ${text}</p>\n`;
  if (dump !== undefined) {
    const when = new Date(dump.time * 1000)
      .toISOString()
      .replace('T', ' ')
      .replace(/\.\d+Z$/, ' UTC');
    const why = dump.panic === undefined ? '' : ` (${escape(dump.panic)})`;
    return note(
      'This is a crash dump:',
      `its numbers are those of ${when}${why}, and do not move any more.`,
      ' data-dump',
    );
  }
  if (origin !== 'simulated') return '';
  return note('This kernel is simulated:', 'its numbers are made up by a workload and say nothing about this machine.');
}

/** The address of the metrics in HTML, from a page at the root. */
export function metricsLink(telemetryPath: string): string {
  return telemetryPath === '/' ? './' : escape(telemetryPath.slice(1));
}

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
