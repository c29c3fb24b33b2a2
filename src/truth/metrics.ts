/** What `verify` tells Prometheus, by way of node_exporter's textfile collector: how much was compared, how much of it is wrong, and when. */
import { Gauge, Registry } from 'prom-client';
import type { Verification } from './verify.js';

/**
 * Text format 0.0.4.
 * @param textfile the file's name, a label without which several files in one folder would clash
 */
export function verifyMetrics(
  { comparisons, neverCounted }: Verification,
  at: Date,
  textfile: string,
): Promise<string> {
  const registry = new Registry();
  const gauge = (name: string, help: string, value: number): void => {
    const names = { name: `kcounter_exporter_verify_${name}`, labelNames: ['textfile'] };
    new Gauge({ ...names, help, registers: [registry] }).set({ textfile }, value);
  };
  const wrong = comparisons.filter(({ agrees }) => !agrees).length;
  gauge('compared', 'Values that verify compared with what a sysctl tells of them.', comparisons.length);
  gauge('mismatches', 'Values that verify found to differ from what their sysctl tells.', wrong);
  gauge(
    'never_counted',
    'Counters of the config that this release of the kernel declares and never counts.',
    neverCounted.length,
  );
  gauge('timestamp_seconds', 'When verify last compared.', at.getTime() / 1000);
  return registry.metrics();
}
