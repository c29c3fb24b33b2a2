/** The files that are shipped: the default config and the JSON Schema for editors. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { configJsonSchema, JSON_SCHEMA_FILE } from '../../src/config/jsonSchema.js';
import { loadConfig } from '../../src/config/load.js';
import { packageRoot } from '../../src/packageRoot.js';

const DEFAULT_CONFIG = join(packageRoot, 'config', 'kcounter.yaml');

/** The parts of ajv that are used here; it has no types in the form that this project imports. */
interface Validator {
  validate(schema: object, data: unknown): boolean;
  errorsText(): string;
}

function validator(): Validator {
  const Ajv = createRequire(import.meta.url)('ajv') as new (options: object) => Validator;
  return new Ajv({ allErrors: true, validateSchema: true });
}

describe('config/kcounter.yaml', () => {
  const config = loadConfig([DEFAULT_CONFIG]);
  const fields = config.entries.flatMap((entry) => entry.fields);
  const families = new Map(fields.map(({ family }) => [family.name, family]));

  it('loads, and names its schema in the first line', () => {
    assert.equal(
      readFileSync(DEFAULT_CONFIG, 'utf8').split('\n')[0],
      '# yaml-language-server: $schema=./kcounter.schema.json',
    );
    assert.equal(config.prefix, 'freebsd_');
    assert.equal(fields.length, 55);
  });

  it('has as gauges what goes up on one CPU and down on another', () => {
    const gauges = [...families.values()].filter(({ type }) => type === 'gauge').map(({ name }) => name);
    assert.deepEqual(gauges, ['freebsd_tcp_states', 'freebsd_namecache_held_vnodes', 'freebsd_buffer_kva_bytes']);
  });

  it('knows the eleven states of TCP', () => {
    const states = config.entries.find(({ symbol }) => symbol === 'tcps_states');
    assert.equal(states?.symbolSize, 88);
    assert.equal(states.fields[4]?.labels[0]?.value, 'established');
  });

  it('has names and helps that promtool finds nothing to say about', { skip: !hasPromtool() && 'no promtool' }, () => {
    const text = [...families.values()]
      .flatMap(({ name, perCpuName, help, type }) =>
        [name, perCpuName].map(
          (published) => `# HELP ${published} ${help}\n# TYPE ${published} ${type}\n${published} 1\n`,
        ),
      )
      .join('');
    assert.equal(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' }), '');
  });
});

function hasPromtool(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('config/kcounter.schema.json', () => {
  const schema = JSON.parse(readFileSync(JSON_SCHEMA_FILE, 'utf8')) as object;
  const accepts = (text: string): boolean => validator().validate(schema, parse(text));

  it('is what the schema gives (else: npm run schema)', () => {
    assert.equal(readFileSync(JSON_SCHEMA_FILE, 'utf8'), configJsonSchema());
  });

  it('accepts the default config', () => {
    const ajv = validator();
    assert.ok(ajv.validate(schema, parse(readFileSync(DEFAULT_CONFIG, 'utf8'))), ajv.errorsText());
  });

  const refused: [what: string, text: string][] = [
    ['no version', 'counters: []'],
    ['an unknown key', 'version: 1\ncounter: []'],
    ['a bad name', 'version: 1\ncounters: [{symbol: s, metric: a-b, help: h}]'],
    ['a bad label', 'version: 1\ncounters: [{symbol: s, metric: m, help: h, labels: {a-b: c}}]'],
    [
      'members and a metric',
      'version: 1\ncounters: [{symbol: s, metric: m, members: [{index: 0, metric: n, help: h}]}]',
    ],
    ['neither members nor a metric', 'version: 1\ncounters: [{symbol: s}]'],
    ['offset and index', 'version: 1\ncounters: [{symbol: s, members: [{index: 0, offset: 0, metric: n, help: h}]}]'],
    ['neither offset nor index', 'version: 1\ncounters: [{symbol: s, members: [{metric: n, help: h}]}]'],
    ['names without a length', 'version: 1\ncounters: [{symbol: s, metric: m, help: h, label: l, names: [a]}]'],
    ['a size of no zone', 'version: 1\nzpcpu: [{symbol: s, size: 12, fields: []}]'],
    [
      'a format of no kind',
      'version: 1\ndpcpu: [{symbol: s, size: 8, fields: [{offset: 0, format: u7, metric: m, help: h}]}]',
    ],
  ];
  for (const [what, text] of refused) {
    it(`refuses ${what}`, () => {
      assert.equal(accepts(text), false);
    });
  }

  it('accepts each form of an entry', () => {
    assert.ok(
      accepts(`version: 1
prefix: my_
reader: direct
scrape: {interval: 15s}
counters:
  - {symbol: a, metric: m, help: h, offset: 8, type: gauge, cpu: sum, labels: {a: b}, optional: true}
  - {symbol: b, metric: n, help: h, length: 2, label: l, names: [x, y]}
  - {symbol: c, members: [{index: 0, metric: o, help: h}, {offset: 8, metric: p_total, help: h, type: counter}]}
zpcpu: [{symbol: d, size: 64, fields: [{offset: 0, format: u64, metric: q, help: h}]}]
dpcpu: [{symbol: e, size: 9, fields: [{offset: 8, format: i8, metric: r, help: h}]}]
`),
    );
  });
});
