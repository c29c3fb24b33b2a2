/** A source of what does not change any more, such as a crash dump: one read gives all that there is, and is what everybody gets. */
import type { Snapshot, SnapshotSource } from './snapshot.js';

export class OnceSource implements SnapshotSource {
  private snapshot: Snapshot | undefined;

  constructor(private readonly source: SnapshotSource) {}

  get reads(): number {
    return this.source.reads;
  }

  async read(): Promise<Snapshot> {
    // With all parts of CPUs, whoever asks first.
    this.snapshot ??= await this.source.read();
    return this.snapshot;
  }
}
