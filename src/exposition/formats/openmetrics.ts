/** OpenMetrics 1.0: a counter's family is named without `_total`, units are told, and there is an end. */
import { escapeLine, escapeQuoted } from '../syntax.js';
import type { Format } from './format.js';
import { samplesText } from './text.js';

export const openmetrics: Format = {
  name: 'openmetrics',
  mediaTypes: [
    {
      type: 'application/openmetrics-text',
      version: '0.0.1',
      contentType: 'application/openmetrics-text; version=0.0.1; charset=utf-8',
    },
    {
      type: 'application/openmetrics-text',
      version: '1.0.0',
      contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    },
  ],
  header(name, { help, type, unit }) {
    const family = familyName(name, type);
    // Only a name that ends in its unit may have one.
    const unitLine = unit !== undefined && family.endsWith(`_${unit}`) ? `# UNIT ${family} ${unit}\n` : '';
    return Buffer.from(`# TYPE ${family} ${type}\n${unitLine}# HELP ${family} ${escapeQuoted(help)}\n`);
  },
  samples: (rendered, created) => (created === undefined ? rendered.lines : rendered.linesCreated(created)),
  ownFamily({ name, help, type, samples }) {
    const family = familyName(name, type);
    return `# HELP ${family} ${escapeLine(help)}\n# TYPE ${family} ${type}\n${samplesText(name, samples)}`;
  },
  ownSeparator: '',
  end: '# EOF\n',
};

function familyName(name: string, type: string): string {
  return type === 'counter' ? name.replace(/_total$/, '') : name;
}
