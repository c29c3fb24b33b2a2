/** The search box and the filters above the table. */
import { make, setText } from './elements.js';
import { exact } from './format.js';
import { WINDOWS, type SortKey, type View } from './view.js';

/** How rows can be sorted. A phone shows this choice, because it shows no column heads. */
const sorts: readonly (readonly [SortKey, string])[] = [
  ['name', 'name'],
  ['value', 'value'],
  ['rate', 'rate'],
  ['skew', 'imbalance'],
];
const states: readonly (readonly [View['state'], string])[] = [
  ['all', 'up and down'],
  ['up', 'up'],
  ['down', 'down'],
];

export interface ControlEvents {
  /** Called with what the user changed. */
  readonly change: (change: Partial<View>) => void;
  /** Called when the keyboard is to go on from the search to the rows. */
  readonly leave: () => void;
  /** Called when what is shown is to stand still, or to go on. */
  readonly pause: () => void;
  /** Called when this moment is to be marked, or the mark to be forgotten. */
  readonly mark: () => void;
}

export class Controls {
  readonly element: HTMLFormElement;
  private readonly search = make('input', {
    type: 'search',
    'aria-label': 'Search series by name, symbol, label, help, pack or alert',
    placeholder: 'Search name, symbol, pack, alert',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    'aria-keyshortcuts': '/',
  });
  private readonly state = select(states);
  private readonly moving = make('input', { type: 'checkbox' });
  private readonly sort = select(sorts);
  private readonly chip = make('button', { type: 'button', class: 'chip', hidden: '' });
  private readonly found = make('output', { class: 'found' });
  private readonly held = make('span', { class: 'held' });

  private readonly minutes = select(WINDOWS.map((minutes) => [String(minutes), `${minutes} min`]));
  private readonly pause = make('button', { type: 'button' }, 'Pause');
  private readonly mark = make('button', { type: 'button', 'aria-pressed': 'false' }, 'Mark');

  constructor({ change, leave, pause, mark }: ControlEvents) {
    this.element = make(
      'form',
      { class: 'controls', role: 'search' },
      make('span', { class: 'search' }, this.search, make('kbd', { 'aria-hidden': 'true' }, '/')),
      make('label', {}, make('span', {}, 'State'), this.state),
      make('label', { class: 'sort' }, make('span', {}, 'Sort by'), this.sort),
      make('label', { class: 'check' }, this.moving, make('span', {}, 'moving only')),
      make('label', { class: 'minutes' }, make('span', {}, 'Last'), this.minutes),
      make('span', { class: 'buttons' }, this.pause, this.mark),
      this.chip,
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
    this.minutes.addEventListener('change', () => {
      const minutes = WINDOWS.find((window) => String(window) === this.minutes.value);
      if (minutes !== undefined) change({ minutes });
    });
    this.chip.title = 'Shows all rows again';
    this.chip.addEventListener('click', () => {
      change({ cpu: undefined });
    });
    this.pause.title = 'Lets all values stand still';
    this.pause.addEventListener('click', pause);
    this.mark.title = 'Compares the values from now on with those of this moment';
    this.mark.addEventListener('click', mark);
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

  show({ search, state, moving, sort, minutes, cpu }: View): void {
    this.chip.hidden = cpu === undefined;
    setText(this.chip, `unusual on CPU ${cpu} ×`);
    this.minutes.value = String(minutes);
    if (this.search.value !== search) this.search.value = search;
    this.state.value = state;
    this.moving.checked = moving;
    this.sort.value = sort;
  }

  showPaused(isPaused: boolean): void {
    setText(this.pause, isPaused ? 'Go on' : 'Pause');
  }

  /** @param time of the moment that is marked; undefined where none is */
  showMark(time: string | undefined): void {
    this.mark.setAttribute('aria-pressed', String(time !== undefined));
    setText(this.mark, time === undefined ? 'Mark' : `Marked ${time}`);
  }

  /** Where the exporter remembers nothing, longer windows fill up as long as the page is open. */
  showPast(isKnown: boolean): void {
    this.minutes.title = isKnown
      ? ''
      : 'The exporter remembers nothing (activity: off): trends begin when the page is opened.';
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
