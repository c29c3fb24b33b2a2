import type { Label } from '../config/model.js';

/** The same text for the same labels, and for no others. */
export function labelsKey(labels: readonly Label[]): string {
  return JSON.stringify(labels.map(({ name, value }) => [name, value]));
}
