/** The alerts that look at the row whose details are shown: when each fires, and what to do then. */
import { conditionOf, type ShippedAlert } from './alerts.js';
import { make } from './elements.js';

/** More than these are folded up. */
const FEW = 2;

export class AlertList {
  readonly element = make('section', { class: 'alerts', 'aria-label': 'Alerts', hidden: '' });
  private shown: readonly ShippedAlert[] = [];

  show(alerts: readonly ShippedAlert[]): void {
    // What the user has opened or closed stays.
    if (alerts === this.shown) return;
    this.shown = alerts;
    this.element.hidden = alerts.length === 0;
    this.element.replaceChildren(
      make('h3', {}, alerts.length === 1 ? 'Alert that looks at this' : `${alerts.length} alerts that look at this`),
      ...alerts.map((alert) => lines(alert, alerts.length <= FEW)),
    );
  }
}

function lines(alert: ShippedAlert, isOpen: boolean): HTMLElement {
  const { name, severity, runbook } = alert;
  const summary = make('summary', {}, make('b', {}, name), ' ', make('span', { class: 'severity' }, severity));
  const details = make('details', {}, summary, make('code', {}, conditionOf(alert)), make('p', {}, runbook));
  details.open = isOpen;
  return details;
}
