/** The search box and the filters above the table. */
import { make, setText } from './elements.js';
import { exact } from './format.js';
import type { SortKey, View } from './view.js';

/** How rows can be sorted. A phone shows this choice, because it shows no column heads. */
const sorts: readonly (readonly [SortKey, string])[] = [
  ['name', 'name'],
  ['rate', 'rate'],
  ['skew', 'imbalance'],
];
const states: readonly (readonly [View['state'], string])[] = [
  ['all', 'up and down'],
  ['up', 'up'],
  ['down', 'down'],
];

export class Controls {
  readonly element: HTMLFormElement;
  private readonly search = make('input', {
    type: 'search',
    'aria-label': 'Search series by name, symbol, label, help or pack',
    placeholder: 'Search name, symbol, help, pack',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    'aria-keyshortcuts': '/',
  });
  private readonly state = select(states);
  private readonly moving = make('input', { type: 'checkbox' });
  private readonly sort = select(sorts);
  private readonly found = make('output', { class: 'found' });
  private readonly held = make('span', { class: 'held' });

  /**
   * @param change called with what the user changed
   * @param leave called when the keyboard is to go on from the search to the rows
   */
  constructor(change: (change: Partial<View>) => void, leave: () => void) {
    this.element = make(
      'form',
      { class: 'controls', role: 'search' },
      make('span', { class: 'search' }, this.search, make('kbd', { 'aria-hidden': 'true' }, '/')),
      make('label', {}, make('span', {}, 'State'), this.state),
      make('label', { class: 'sort' }, make('span', {}, 'Sort by'), this.sort),
      make('label', { class: 'check' }, this.moving, make('span', {}, 'moving only')),
      make('span', { class: 'count' }, this.found, this.held),
    );
    this.search.addEventListener('input', () => {
      change({ search: this.search.value });
    });
    this.search.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown' || event.key === 'Enter') {
        event.preventDefault();
        leave();
      } else if (event.key === 'Escape' && this.search.value === '') this.search.blur();
    });
    this.state.addEventListener('change', () => {
      change({ state: this.state.value as View['state'] });
    });
    this.moving.addEventListener('change', () => {
      change({ moving: this.moving.checked });
    });
    this.sort.addEventListener('change', () => {
      change({ sort: this.sort.value as SortKey, reverse: false });
    });
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
    });
    addEventListener('keydown', (event) => {
      const isTyped = event.target instanceof HTMLInputElement && event.target.type === 'search';
      if (event.key !== '/' || isTyped || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.search.focus();
      this.search.select();
    });
  }

  show({ search, state, moving, sort }: View): void {
    if (this.search.value !== search) this.search.value = search;
    this.state.value = state;
    this.moving.checked = moving;
    this.sort.value = sort;
  }

  /** Says how many rows are shown, of how many, and whether their order is kept for now because the pointer or the keyboard is at one. */
  count(shown: number, all: number, isHeld: boolean): void {
    const total = exact(BigInt(all));
    setText(this.found, shown === all ? `${total} rows` : `${exact(BigInt(shown))} of ${total} rows`);
    setText(this.held, isHeld ? 'order held' : '');
  }
}

function select(options: readonly (readonly [string, string])[]): HTMLSelectElement {
  return make('select', {}, ...options.map(([value, title]) => make('option', { value }, title)));
}
