import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { loadConfig } from '../../../src/config/load.js';
import { configText } from '../../../src/http/pages/configText.js';
import { packageRoot } from '../../../src/packageRoot.js';
import { configOf } from '../../support/simulated.js';

const yaml = `
prefix: x_
counters:
  - {symbol: s, metric: m, help: 'H: "quoted" # and more', labels: {yes: 'on', number: '1'}}
  - {symbol: t, members: [{name: a, names: {0: zero, 3: 'true'}}]}
`;

describe('configText', () => {
  it('is YAML that says what the config says, with all defaults', () => {
    const config = configOf(yaml);
    const shown = parse(configText(config)) as {
      prefix: string;
      reader: string;
      files: string[];
      entries: Record<string, unknown>[];
    };
    assert.equal(shown.prefix, 'x_');
    assert.equal(shown.reader, 'auto');
    assert.deepEqual(shown.files, config.files);
    const [first, second] = shown.entries;
    assert.deepEqual(first, {
      kind: 'counters',
      symbol: 's',
      optional: false,
      item_size: 8,
      fields: [
        {
          family: {
            name: 'x_m',
            per_cpu_name: 'x_m_per_cpu',
            help: 'H: "quoted" # and more',
            type: 'gauge',
            cpu: 'both',
          },
          labels: [
            { name: 'yes', value: 'on' },
            { name: 'number', value: '1' },
          ],
          cell_offset: 0,
          offset: 0,
          format: 'i64',
        },
      ],
      group: 'test',
      at: `${config.files[0]!}:5:5`,
    });
    const [member] = second!['members'] as { names: unknown; at: unknown }[];
    assert.deepEqual([member!.names, member!.at], [{ 0: 'zero', 3: 'true' }, `${config.files[0]!}:6:27`]);
  });

  it('shows nothing whose key says that it is secret', () => {
    const config = { ...configOf(yaml), remote: { passwordFile: 'hunter2', apiKey: ['hunter2'], user: 'me' } };
    const text = configText(config);
    assert.match(text, /^ {2}password_file: <secret>\n {2}api_key: <secret>\n {2}user: me$/m);
    assert.doesNotMatch(text, /hunter2/);
  });

  it('writes every entry of a large config', () => {
    const { entries, ...rest } = loadConfig([`${packageRoot}/config/kcounter.yaml`]);
    const many = Array.from({ length: 100 }, () => entries).flat();
    const text = configText({ ...rest, entries: many });
    assert.equal(text.match(/^ {2}- group: /gm)?.length, many.length);
  });
});
