/** Run as a script (`npm run metrics`): writes docs/metrics.md anew after a pack, a layout or a metric of the exporter's own has changed. */
import { writeFileSync } from 'node:fs';
import { makeCatalog } from './catalog.js';
import { METRICS_DOCUMENT, metricsDocument } from './document.js';

writeFileSync(METRICS_DOCUMENT, metricsDocument(await makeCatalog()));
