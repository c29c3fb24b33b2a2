/** The text format of Prometheus, version 0.0.4. No name needs escaping, so that it is version 1.0.0 as well. */
import type { OwnFamily } from '../ownFamilies.js';
import { escapeLine, labelSet, numberText } from '../syntax.js';
import type { Format } from './format.js';

export const text: Format = {
  name: 'text',
  mediaTypes: [
    {
      type: 'text/plain',
      version: '0.0.4',
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
    },
    {
      type: 'text/plain',
      version: '1.0.0',
      contentType: 'text/plain; version=1.0.0; charset=utf-8; escaping=underscores',
    },
  ],
  header: (name, { help, type }) => Buffer.from(head(name, help, type)),
  samples: ({ lines }) => lines,
  ownFamily: ({ name, help, type, samples }) => head(name, help, type) + samplesText(name, samples),
  ownSeparator: '\n',
  end: '',
};

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${escapeLine(help)}\n# TYPE ${name} ${type}\n`;
}

export function samplesText(name: string, samples: OwnFamily['samples']): string {
  return samples.map(({ labels, value }) => `${name}${labelSet(labels)} ${numberText(value)}\n`).join('');
}
