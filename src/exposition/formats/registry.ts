/** The formats that there are. */
import type { Format } from './format.js';
import { openmetrics } from './openmetrics.js';
import { text } from './text.js';

export const formats: readonly Format[] = [text, openmetrics];
