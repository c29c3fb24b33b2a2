/** The request for the alerts that are shipped. */
import { Alerts, type ShippedAlert } from './alerts.js';

/** None where they do not come: the page does without them. */
export async function fetchAlerts(): Promise<Alerts> {
  const url = new URL('-/alerts.json', document.baseURI);
  url.hash = url.search = '';
  try {
    const response = await fetch(url);
    return new Alerts(response.ok ? ((await response.json()) as ShippedAlert[]) : []);
  } catch {
    return new Alerts();
  }
}
