/** What `verify` tells Prometheus, by way of node_exporter's textfile collector: how much was compared, how much of it is wrong, and when. */
import type { Verification } from './verify.js';

const PREFIX = 'kcounter_exporter_verify_';

/** Text format 0.0.4. */
export function verifyMetrics({ comparisons }: Verification, at: Date): string {
  const wrong = comparisons.filter(({ agrees }) => !agrees).length;
  return [
    gauge('compared', 'Values that verify compared with what a sysctl tells of them.', comparisons.length),
    gauge('mismatches', 'Values that verify found to differ from what their sysctl tells.', wrong),
    gauge('timestamp_seconds', 'When verify last compared.', at.getTime() / 1000),
  ].join('');
}

function gauge(name: string, help: string, value: number): string {
  return `# HELP ${PREFIX}${name} ${help}\n# TYPE ${PREFIX}${name} gauge\n${PREFIX}${name} ${value}\n`;
}
