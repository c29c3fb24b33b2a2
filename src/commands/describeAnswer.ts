/** What `describe` says: line by line as it is found, or with --json as one document at the end. */
import type { Print } from '../output/standardOutput.js';
import { basisText, type LayoutBasis } from '../plan/layoutBasis.js';
import type { Snapshot } from '../snapshots/snapshot.js';
import { UserError } from '../service/userError.js';
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
    private readonly print: Print,
  ) {
    this.facts['name'] = name;
  }

  /** @param facts the same for programs */
  tell(text: string, facts: Readonly<Record<string, unknown>> = {}): void {
    if (this.asJson) Object.assign(this.facts, facts);
    else this.print(text);
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

  /** All that is told, and then the document, which also says in what error that ended. */
  async whole(tellAll: () => Promise<void>): Promise<void> {
    try {
      await tellAll();
    } catch (error) {
      if (error instanceof UserError) this.facts['error'] = error.message;
      throw error;
    } finally {
      if (this.asJson) this.print(JSON.stringify({ ...this.facts, readings: this.readings }, undefined, 2));
    }
  }

  private known(bases: readonly LayoutBasis[]): void {
    for (const basis of bases) this.tell(`known ${basisText(basis)}`);
  }
}
