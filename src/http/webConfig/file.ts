/** The web-config file in force: looked at again as connections and requests come, so that a change of it needs no restart. */
import { statSync } from 'node:fs';
import { FileError } from '../../yaml/diagnostics.js';
import { loadWebConfig, NO_WEB_CONFIG, type WebConfig } from './webConfig.js';
import { takenAway } from './protection.js';

/** Where the server takes its settings from, at any time. */
export interface WebConfigSource {
  readonly current: WebConfig;
}

export const WITHOUT_WEB_CONFIG: WebConfigSource = { current: NO_WEB_CONFIG };

/** Milliseconds from one look at the files to the next. */
const PAUSE = 1000;

export class WebConfigFile implements WebConfigSource {
  private inForce: WebConfig;
  /** The file and those that it names, each in its state before it was last read. */
  private readonly states = new Map<string, string>();
  private lookedAt = performance.now();

  /**
   * Throws FileError where the file is no good.
   *
   * @param onChange told of a change of the files: with the error where it is not good, so that all stays as it was
   */
  constructor(
    private readonly file: string,
    private readonly onChange: (error?: FileError) => void,
  ) {
    const config = this.load();
    if (config instanceof FileError) throw config;
    this.inForce = config;
  }

  get current(): WebConfig {
    const now = performance.now();
    if (now - this.lookedAt >= PAUSE) {
      this.lookedAt = now;
      if ([...this.states].some(([file, state]) => stateOf(file) !== state)) this.loadAgain();
    }
    return this.inForce;
  }

  private loadAgain(): void {
    // A file that is no longer named need not be watched; but one that a bad config merely fails to name is.
    const before = [...this.states.keys()];
    this.states.clear();
    const config = this.load();
    const error = config instanceof FileError ? config : this.objection(config);
    if (error === undefined) this.inForce = config as WebConfig;
    else for (const file of before) if (!this.states.has(file)) this.states.set(file, stateOf(file));
    this.onChange(error);
  }

  private load(): WebConfig | FileError {
    return loadWebConfig(this.file, (file) => this.states.set(file, stateOf(file)));
  }

  /** What keeps a good file from being taken in without a restart; undefined where nothing does. */
  private objection(next: WebConfig): FileError | undefined {
    const lost = takenAway(this.inForce, next);
    if (lost.length > 0) return this.error(`it would take away ${lost.join(' and ')}: only a restart takes that in`);
    if (next.isEmpty && !this.inForce.isEmpty)
      return this.error('found an empty file, expected one that says something');
    if (next.tls === undefined || this.inForce.tls !== undefined) return undefined;
    return this.error('found new TLS settings, expected a restart to turn TLS on');
  }

  private error(message: string): FileError {
    return new FileError([{ file: this.file, line: undefined, column: undefined, path: '', message }]);
  }
}

function stateOf(file: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}
