/** The exporter's own families as text, made once for each and used again until it changes: of some dozens, a few change with a read. */
import type { Format } from './formats/format.js';
import type { OwnFamily } from './ownFamilies.js';

export class OwnText {
  private readonly texts = new WeakMap<OwnFamily, string>();

  constructor(private readonly format: Format) {}

  /** What stands at the end of a document: all families, and what ends it. */
  render(families: readonly OwnFamily[]): Buffer {
    const { format } = this;
    return Buffer.from(families.map((family) => this.textOf(family)).join(format.ownSeparator) + format.end);
  }

  private textOf(family: OwnFamily): string {
    let text = this.texts.get(family);
    if (text === undefined) {
      text = this.format.ownFamily(family);
      this.texts.set(family, text);
    }
    return text;
  }
}
