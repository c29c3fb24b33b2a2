/** Writes a table of names as ELF and CTF both have it (elf(5), ctf(5)). */

/** NUL-terminated names, each kept once; the empty name is at 0. */
export class StringTableWriter {
  private readonly offsets = new Map<string, number>([['', 0]]);
  private readonly texts = ['\0'];
  /** Bytes so far. */
  length = 1;

  /** Where `name` stands in the table. */
  offset(name: string): number {
    let offset = this.offsets.get(name);
    if (offset === undefined) {
      offset = this.length;
      this.offsets.set(name, offset);
      this.texts.push(name, '\0');
      this.length += Buffer.byteLength(name, 'latin1') + 1;
    }
    return offset;
  }

  done(): Buffer {
    return Buffer.from(this.texts.join(''), 'latin1');
  }
}
