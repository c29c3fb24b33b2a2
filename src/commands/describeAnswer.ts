/** What `describe` says: line by line as it is found, or with --json as one document at the end. */
import { basisText, type LayoutBasis } from '../plan/layoutBasis.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { elementTable, memberTable, valuesOf, type TableOptions } from './valueTable.js';

/** Values that were read together. */
interface Reading {
  /** What they are; undefined for those of the symbol itself. */
  readonly title?: string;
  readonly pack?: string;
  readonly known: readonly LayoutBasis[];
}

export class Answer {
  private readonly facts: Record<string, unknown> = {};
  private readonly readings: object[] = [];

  constructor(
    name: string,
    private readonly asJson: boolean,
  ) {
    this.facts['name'] = name;
  }

  /** @param facts the same for programs */
  tell(text: string, facts: Readonly<Record<string, unknown>> = {}): void {
    if (this.asJson) Object.assign(this.facts, facts);
    else console.log(text);
  }

  /** Members of one symbol. */
  members(snapshot: Snapshot, { known }: Reading, options: TableOptions): void {
    this.known(known);
    if (snapshot.layout.rows.length > 0) this.tell(['', ...memberTable(snapshot, options)].join('\n'));
    this.readings.push({ known, values: valuesOf(snapshot, options) });
  }

  /** Elements of a list, or of a structure. */
  elements(snapshot: Snapshot, { title = '', pack, known }: Reading, options: TableOptions): void {
    this.tell(`\n${title}, as the pack ${pack} publishes it:`);
    this.known(known);
    this.tell('');
    this.tell(snapshot.layout.rows.length > 0 ? elementTable(snapshot, options).join('\n') : 'no elements');
    this.readings.push({ title, pack, known, values: valuesOf(snapshot, options) });
  }

  fail(error: string): void {
    this.facts['error'] = error;
  }

  end(): void {
    if (this.asJson) console.log(JSON.stringify({ ...this.facts, readings: this.readings }, undefined, 2));
  }

  private known(bases: readonly LayoutBasis[]): void {
    for (const basis of bases) this.tell(`known ${basisText(basis)}`);
  }
}
