/** The formats that there are. */
import type { Format } from './format.js';
import { openmetrics } from './openmetrics.js';
import { openmetrics2 } from './openmetrics2.js';
import { protobuf } from './protobuf.js';
import { text } from './text.js';

export const formats: readonly Format[] = [text, openmetrics, openmetrics2, protobuf];
