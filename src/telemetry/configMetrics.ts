/** Metrics about the config and its reloads. They change with a reload only, so that what they are is kept until then. */
import { Gauge, Registry } from 'prom-client';
import type { FileStatus } from '../config/namedFiles.js';
import type { OwnFamily } from '../exposition/ownFamilies.js';
import { familiesOf, type OtherMetrics } from './families.js';

export class ConfigMetrics implements OtherMetrics {
  private readonly registry = new Registry();
  private readonly successful = new Gauge({
    name: 'kcounter_exporter_config_last_reload_successful',
    help: 'Whether the config, or those of its files that are good, could be used (1) or not (0) when it was last loaded.',
    registers: [this.registry],
  });
  private readonly succeededAt = new Gauge({
    name: 'kcounter_exporter_config_last_reload_success_timestamp_seconds',
    help: 'When a config was last loaded that could be used.',
    registers: [this.registry],
  });
  private readonly fileOk = new Gauge({
    name: 'kcounter_exporter_config_file_ok',
    help: 'Whether a config file was good (1) or left out (0) when it was last loaded.',
    labelNames: ['file'],
    registers: [this.registry],
  });
  private known: Promise<readonly OwnFamily[]> | undefined;

  loaded(successful: boolean, files: readonly FileStatus[]): void {
    this.successful.set(successful ? 1 : 0);
    if (successful) this.succeededAt.set(Date.now() / 1000);
    this.fileOk.reset();
    for (const { file, error } of files) this.fileOk.set({ file }, error === undefined ? 1 : 0);
    this.known = undefined;
  }

  families(): Promise<readonly OwnFamily[]> {
    this.known ??= familiesOf(this.registry);
    return this.known;
  }
}
