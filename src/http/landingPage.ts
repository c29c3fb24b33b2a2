/** The page at /: what this is, where the metrics are, and the state of every symbol. Plain HTML, no script. */
import type { KernelFacts } from '../kvm/kernel.js';
import type { SelfTestResult } from '../kvm/selfTest.js';
import type { SymbolStatus } from '../scrape/symbolStatus.js';

export interface PageContents {
  readonly version: string;
  readonly telemetryPath: string;
  readonly facts: KernelFacts;
  readonly selfTest: SelfTestResult;
  /** Empty before the first read. */
  readonly symbols: readonly SymbolStatus[];
}

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
code { font-family: ui-monospace, monospace; }
.simulated { border: 1px solid #b80; border-radius: 4px; padding: .5rem 1rem; }
.down { color: #c22; font-weight: 600; } .up { color: #282; }
@media (prefers-color-scheme: dark) { .down { color: #f77; } .up { color: #7d7; } }
`;

export function landingPage({ version, telemetryPath, facts, selfTest, symbols }: PageContents): string {
  const down = symbols.filter((status) => !status.up);
  const simulated =
    facts.origin === 'simulated'
      ? '<p class="simulated">This kernel is simulated: its numbers are made up by a workload and say nothing about this machine.</p>'
      : '';
  // What is down is what a reader looks for.
  const rows = [...down, ...symbols.filter((status) => status.up)].map(symbolRow).join('\n');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>kcounter_exporter</title>
<style>${STYLE}</style>
</head>
<body>
<h1>kcounter_exporter ${escape(version)}</h1>
${simulated}
<p>Publishes FreeBSD's per-CPU kernel counters for Prometheus, read through libkvm(3).</p>
<ul>
<li><a href="${escape(telemetryPath)}">Metrics</a></li>
<li><a href="/-/healthy">Health</a></li>
</ul>
<h2>Kernel</h2>
<p>${escape(facts.release)} (${facts.osreldate}) on ${escape(facts.machineArch)}, ${facts.cpus.length} CPUs.
Read by <code>${selfTest.reader}</code>: ${escape(selfTest.reason)}.</p>
<h2>Symbols</h2>
<p>${symbols.length === 0 ? 'Not read yet.' : `${symbols.length - down.length} of ${symbols.length} are read.`}</p>
<table>
<thead><tr><th>Symbol</th><th>State</th><th>Since</th><th>Reason</th></tr></thead>
<tbody>
${rows}
</tbody>
</table>
</body>
</html>
`;
}

function symbolRow({ symbol, optional, up, reason, since }: SymbolStatus): string {
  const state = up ? '<span class="up">up</span>' : '<span class="down">down</span>';
  const name = `<code>${escape(symbol)}</code>${optional ? ' (optional)' : ''}`;
  return `<tr><td>${name}</td><td>${state}</td><td>${new Date(since).toISOString()}</td><td>${escape(reason)}</td></tr>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
