/** What each read tells of the lists that it followed. */
import type { OwnFamily, OwnSample } from '../exposition/ownFamilies.js';
import { elementStates, type ListStatus } from '../snapshots/listStatus.js';
import { labelsOf, type KeptDocument } from './readFamilies.js';

const NAME = 'kcounter_exporter_list_elements';
const HELP =
  'Elements of kernel lists by what became of them in the last read: published; gone while they were read; doubtful, since something does not hold that must; beyond the limit of their entry; with the labels of another; for one read, with those of one that has just gone.';

export class ListFamilies {
  private readonly labels: OwnSample['labels'];
  private shown: { readonly text: string; readonly families: readonly OwnFamily[] } = { text: '[]', families: [] };

  /** @param kept as in ReadFamilies */
  constructor(kept: KeptDocument | undefined) {
    this.labels = labelsOf(kept);
  }

  of(lists: readonly ListStatus[]): readonly OwnFamily[] {
    const text = JSON.stringify(lists);
    if (text !== this.shown.text) this.shown = { text, families: [this.family(lists)] };
    return lists.length === 0 ? [] : this.shown.families;
  }

  private family(lists: readonly ListStatus[]): OwnFamily {
    const samples = lists.flatMap(({ group, symbol, elements }) =>
      elementStates.map((state): OwnSample => {
        const own = { group, symbol, state };
        const labels = Object.entries(own).map(([name, value]) => ({ name, value }));
        return { labels: [...this.labels, ...labels], value: elements[state] };
      }),
    );
    return { name: NAME, help: HELP, type: 'gauge', samples };
  }
}
