/** The page at /: a frame with what is known at once. Its script (src/page) fills in what each counter does, from the stream. */
import type { Facts } from '../../kernel/facts.js';
import type { ProvenReader } from '../../kernel/reader.js';
import { escape, htmlPage, metricsLink, type PageHead } from './html.js';

export interface PageContents extends PageHead {
  readonly facts: Pick<Facts, 'origin' | 'dump' | 'release' | 'osreldate' | 'machineArch' | 'cpus'>;
  readonly reader: Pick<ProvenReader, 'reader' | 'reason'>;
}

export function livePage(contents: PageContents): string {
  const { telemetryPath, facts, reader } = contents;
  const { release, osreldate, machineArch, cpus } = facts;
  return htmlPage(contents, {
    title: 'kcounter_exporter',
    head: '<script type="module" src="-/page.js"></script>\n',
    facts: `<dl class="facts">
<div><dt>kernel</dt><dd title="osreldate ${osreldate}">${escape(release)}</dd></div>
<div><dt>arch</dt><dd>${escape(machineArch)}</dd></div>
<div><dt>CPUs</dt><dd>${cpus.length}</dd></div>
<div><dt>series</dt><dd id="series">–</dd></div>
<div><dt>read in</dt><dd id="duration">–</dd></div>
<div class="reader"><dt>reader</dt><dd><b id="reader">${escape(reader.reader)}</b> <span id="reason">${escape(reader.reason)}</span></dd></div>
</dl>
`,
    body: `<noscript><p class="noscript">The live values need JavaScript. Without it there are the <a href="symbols">state of every symbol</a> and the <a href="${metricsLink(telemetryPath)}">metrics</a>.</p></noscript>
<main id="main"></main>`,
  });
}
