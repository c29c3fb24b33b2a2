/**
 * This exporter on the benchmark's kernel: what `serve` does after its command line is parsed, and two paths more. /usage tells the CPU
 * time of the process; /delay tells the longest time that the event loop was held since the last such request, and measures from then on.
 */
import type { RequestListener } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Exporter } from '../../src/service/exporter.js';
import { makeApp } from '../../src/service/webApp.js';
import { NamedFiles } from '../../src/config/namedFiles.js';
import { openLiveKernel } from '../../src/kernel/live/liveKernel.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { ProcessMetrics } from '../../src/telemetry/processMetrics.js';
import { sessionOn } from '../support/session.js';
import { announce, cpuMicroseconds, fromEnvironment } from './environment.js';
import { startServer } from '../support/server.js';

/** Milliseconds between looks at the event loop. */
const RESOLUTION = 1;

const log = createLogger('warn', 'logfmt');
const files = new NamedFiles([fromEnvironment('BENCH_CONFIG')], true);
const kernel = openLiveKernel({
  library: fromEnvironment('BENCH_LIBKVM'),
  execfile: fromEnvironment('BENCH_EXECFILE'),
  corefile: fromEnvironment('BENCH_COREFILE'),
  origin: 'simulated',
});
const session = sessionOn(kernel, files, log, {
  onChange: ({ symbol, up, optional, reason }) => {
    if (!optional) log.warn({ symbol, up, reason }, 'symbol changed');
  },
});
const exporter = new Exporter(session, [new ProcessMetrics(undefined)], log);
const app = makeApp(exporter, { telemetryPath: '/metrics', timeoutOffset: 0.5 }, log);
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
const handler: RequestListener = (request, response) => {
  if (request.url === '/usage') response.end(cpuMicroseconds());
  else if (request.url === '/delay') {
    // What is recorded is the time from one look to the next, which is the resolution where nothing holds the loop.
    response.end(`${Math.max(0, delay.max / 1e6 - RESOLUTION)}\n`);
    delay.enable();
    delay.reset();
  } else app(request, response);
};
// An end in order, so that a profile is written.
process.once('SIGTERM', () => process.exit());
void serve();

async function serve(): Promise<void> {
  await exporter.current.snapshots.refresh();
  announce((await startServer(handler, { host: '127.0.0.1', port: 0 })).url);
}
