/** A chip for each pack or config file that has rows, by which the table is filtered: one or several of them. */
import { make, setText } from './elements.js';
import { exact } from './format.js';
import type { PageRow } from './rows.js';

export class GroupChips {
  readonly element = make('div', { class: 'groups', role: 'group', 'aria-label': 'Packs', hidden: '' });
  private readonly all = make('button', { type: 'button', class: 'all' }, 'all packs ×');
  private counts: ReadonlyMap<string, number> = new Map();
  private chips = new Map<string, HTMLButtonElement>();
  private chosen: readonly string[] = [];

  /** @param choose called with the groups of which rows are to be shown; none for all */
  constructor(private readonly choose: (groups: readonly string[]) => void) {
    this.element.addEventListener('click', ({ target }) => {
      const chip = (target as Element).closest('button');
      if (chip === this.all) {
        // It goes, and the keyboard with it.
        this.chips.values().next().value?.focus();
        this.choose([]);
        return;
      }
      const group = [...this.chips].find(([, button]) => button === chip)?.[0];
      if (group === undefined) return;
      const others = this.chosen.filter((other) => other !== group);
      this.choose(others.length < this.chosen.length ? others : [...others, group].sort());
    });
  }

  /** Takes over the rows of another layout. */
  open(rows: readonly PageRow[]): void {
    const counts = new Map<string, number>();
    for (const { entry } of rows) counts.set(entry.group, (counts.get(entry.group) ?? 0) + 1);
    this.counts = counts;
    this.build();
  }

  show(chosen: readonly string[]): void {
    if (String(chosen) === String(this.chosen)) return;
    this.chosen = chosen;
    this.build();
  }

  private build(): void {
    const { counts, chosen } = this;
    // Also what an address names and the config no longer has, so that it can be given up.
    const groups = [...new Set([...counts.keys(), ...chosen])].sort();
    this.element.hidden = groups.length < 2;
    if (String(groups) !== String([...this.chips.keys()])) {
      this.chips = new Map(groups.map((group) => [group, make('button', { type: 'button' })]));
      this.element.replaceChildren(...this.chips.values(), this.all);
    }
    for (const [group, chip] of this.chips) {
      setText(chip, `${group} ${exact(BigInt(counts.get(group) ?? 0))}`);
      chip.setAttribute('aria-pressed', String(chosen.includes(group)));
    }
    this.all.hidden = chosen.length === 0;
  }
}
