/** What hw.intrcnt says of the interrupts of a source: its words in the order of hw.intrnames, the kernel's names of them (`vmstat -ia`). */
import type { Label } from '../config/model.js';
import { WORD_BYTES } from '../kernel/address.js';
import type { Sysctls } from '../kernel/sysctls.js';
import { textIn } from '../kernel/texts.js';
import { labelsKey } from '../plan/labelsKey.js';
import { interruptName } from '../plan/lists/interruptName.js';
import type { NamedRow } from './namedRows.js';

const COUNTS = 'hw.intrcnt';
const NAMES = 'hw.intrnames';

/** The words of the counters with the same labels, which are added up. */
interface Words {
  readonly indexes: readonly number[];
  /** Bytes of all of them. */
  readonly length: number;
}

export class InterruptTruths {
  private words: ReadonlyMap<string, Words> | undefined;

  constructor(private readonly sysctls: Pick<Sysctls, 'bytes'>) {}

  /** Undefined where they tell nothing of it. Throws KvmError where one could not be read. */
  of({
    symbol,
    cellOffset,
    labels,
  }: Pick<NamedRow, 'symbol' | 'cellOffset' | 'labels'>):
    { readonly sysctl: string; valuesIn(answer: Buffer): readonly bigint[] } | undefined {
    if (symbol !== 'intrcnt') return undefined;
    this.words ??= this.findWords();
    // The counter of stray interrupts is reached from that of all.
    const words = this.words.get(keyOf(cellOffset !== 0, labels));
    if (words === undefined) return undefined;
    return { sysctl: COUNTS, valuesIn: (answer) => (answer.length === words.length ? [sumOf(answer, words)] : []) };
  }

  private findWords(): ReadonlyMap<string, Words> {
    const found = new Map<string, Words>();
    const length = this.sysctls.bytes(COUNTS)?.length ?? 0;
    const names = this.sysctls.bytes(NAMES);
    const count = length / WORD_BYTES;
    if (names === undefined || count === 0 || names.length % count !== 0) return found;
    const stride = names.length / count;
    for (let index = 0; index < count; index++) {
      const name = interruptName(textIn(names.subarray(index * stride, (index + 1) * stride)).trimEnd());
      if (name === undefined) continue;
      const key = keyOf(name.isStray, name.labels);
      found.set(key, { length, indexes: [...(found.get(key)?.indexes ?? []), index] });
    }
    return found;
  }
}

function keyOf(isStray: boolean, labels: readonly Label[]): string {
  return `${isStray} ${labelsKey(labels)}`;
}

function sumOf(answer: Buffer, { indexes }: Words): bigint {
  const sum = indexes.reduce((total, index) => total + answer.readBigUInt64LE(WORD_BYTES * index), 0n);
  return BigInt.asUintN(64, sum);
}
