/**
 * The protobuf format of Prometheus: messages of io.prometheus.client.MetricFamily, each with its length before it. Prometheus asks for it
 * where it takes in native histograms, or starts of counters. Its values are doubles, which Prometheus makes of the digits of the others, too.
 */
import { familyBytes, FamilyMessage } from '../protobuf/familyMessage.js';
import type { FixedMessage, Format, RenderedFamily, Start } from './format.js';

const TYPE = 'application/vnd.google.protobuf';
const MESSAGE = 'io.prometheus.client.MetricFamily';
const NOTHING = new Uint8Array(0);

/** As long as there is something of which a message is to be made, it is kept. */
const messages = new WeakMap<RenderedFamily, FamilyMessage>();

function fixed(rendered: RenderedFamily, start: Start | undefined): FixedMessage {
  let message = messages.get(rendered);
  if (message === undefined) {
    message = new FamilyMessage(rendered);
    messages.set(rendered, message);
  }
  return message.of(start);
}

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
