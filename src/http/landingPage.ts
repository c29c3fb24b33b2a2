/** The page at /: what this is, where the metrics and the other pages are, and the state of every symbol. */
import type { KernelFacts } from '../kvm/kernel.js';
import type { SelfTestResult } from '../kvm/selfTest.js';
import type { SymbolStatus } from '../scrape/symbolStatus.js';
import { escape, htmlPage } from './html.js';
import { symbolTable } from './symbolTable.js';

export interface PageContents {
  readonly version: string;
  readonly telemetryPath: string;
  readonly facts: KernelFacts;
  readonly selfTest: SelfTestResult;
  /** Empty before the first read. */
  readonly symbols: readonly SymbolStatus[];
}

export function landingPage({ version, telemetryPath, facts, selfTest, symbols }: PageContents): string {
  const simulated =
    facts.origin === 'simulated'
      ? '<p class="simulated">This kernel is simulated: its numbers are made up by a workload and say nothing about this machine.</p>'
      : '';
  return htmlPage(
    'kcounter_exporter',
    `<h1>kcounter_exporter ${escape(version)}</h1>
${simulated}
<p>Publishes FreeBSD's per-CPU kernel counters for Prometheus, read through libkvm(3).</p>
<ul>
<li><a href="${escape(telemetryPath)}">Metrics</a></li>
<li><a href="/-/healthy">Health</a>: whether the exporter runs</li>
<li><a href="/-/ready">Readiness</a>: whether it reads the kernel</li>
<li><a href="/config">Config</a> in force</li>
<li><a href="/symbols">Symbols</a></li>
</ul>
<h2>Kernel</h2>
<p>${escape(facts.release)} (${facts.osreldate}) on ${escape(facts.machineArch)}, ${facts.cpus.length} CPUs.
Read by <code>${selfTest.reader}</code>: ${escape(selfTest.reason)}.</p>
<h2>Symbols</h2>
${symbolTable(symbols)}`,
  );
}
