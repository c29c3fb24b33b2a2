/**
 * The protobuf format of Prometheus: messages of io.prometheus.client.MetricFamily, each with its length before it. Prometheus asks for it
 * where it takes in native histograms, or starts of counters. Its values are doubles, which Prometheus makes of the digits of the others, too.
 */
import { keptFor } from '../keptRows.js';
import { familyBytes, FamilyMessage } from '../protobuf/familyMessage.js';
import type { FixedMessages, Format } from './format.js';

const TYPE = 'application/vnd.google.protobuf';
const MESSAGE = 'io.prometheus.client.MetricFamily';
const NOTHING = new Uint8Array(0);

const messageOf = keptFor((rendered) => new FamilyMessage(rendered));

const fixed: FixedMessages = (rendered, start) => messageOf(rendered).of(start);

export const protobuf: Format = {
  name: 'protobuf',
  mediaTypes: [
    {
      type: TYPE,
      parameters: { proto: MESSAGE, encoding: 'delimited' },
      contentType: `${TYPE}; proto=${MESSAGE}; encoding=delimited`,
    },
  ],
  startIn: 'sample',
  header: () => NOTHING,
  samples: (rendered, start) => fixed(rendered, start).bytes,
  fixed,
  gauges: (families) =>
    Buffer.concat(families.map((one) => familyBytes(one.name, { help: one.help, type: 'gauge' }, one.samples()))),
  ownFamily: (own) => familyBytes(own.name, own, own.samples),
  ownSeparator: '',
  end: '',
};
