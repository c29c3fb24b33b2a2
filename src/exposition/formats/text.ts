/** The text format of Prometheus, version 0.0.4. No name needs escaping, so that it is version 1.0.0 as well. */
import type { OwnFamily } from '../ownFamilies.js';
import { escapeLine, labelSet, numberText } from '../syntax.js';
import type { Format, GaugeFamily, Head } from './format.js';

export const text: Format = {
  name: 'text',
  mediaTypes: [
    {
      type: 'text/plain',
      parameters: { version: '0.0.4' },
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
    },
    {
      type: 'text/plain',
      parameters: { version: '1.0.0' },
      contentType: 'text/plain; version=1.0.0; charset=utf-8; escaping=underscores',
    },
  ],
  startIn: 'nowhere',
  header: (name, head) => Buffer.from(headOf(name, head)),
  samples: ({ lines }) => lines,
  gauges: (families) => gaugesText(families, headOf),
  ownFamily: (family) => Buffer.from(headOf(family.name, family) + samplesText(family)),
  ownSeparator: '\n',
  end: '',
};

function headOf(name: string, { help, type }: Head): string {
  return `# HELP ${name} ${escapeLine(help)}\n# TYPE ${name} ${type}\n`;
}

export function samplesText({ name, samples }: OwnFamily): string {
  return samples.map(({ labels, value }) => `${name}${labelSet(labels)} ${numberText(value)}\n`).join('');
}

/** Bytes are made of all of it at once: of a thousand families each, that took longer than the rest. */
export function gaugesText(families: readonly GaugeFamily[], headOf: (name: string, head: Head) => string): Buffer {
  const texts: string[] = [];
  for (const { name, help, lines } of families) texts.push(headOf(name, { help, type: 'gauge' }), lines);
  return Buffer.from(texts.join(''));
}
