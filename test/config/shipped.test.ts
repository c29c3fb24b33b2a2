/** The files that are shipped: the default config and the JSON Schema for editors. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { reservationsOf } from '../../src/config/familyNames.js';
import { configJsonSchema, JSON_SCHEMA_FILE } from '../../src/config/jsonSchema.js';
import { loadConfig } from '../../src/config/load.js';
import { type Config, isTyped } from '../../src/config/model.js';
import { PACK_FOLDER } from '../../src/config/packs.js';
import { packageRoot } from '../../src/packageRoot.js';
import { write } from './files.js';

const DEFAULT_CONFIG = join(packageRoot, 'config', 'kcounter.yaml');

/** Refuses a schema with keywords that draft 7 does not have. */
function validator(): Ajv {
  // The forms of an entry name keys whose types stand beside them.
  return new Ajv({ allErrors: true, strictTypes: false });
}

/** The metrics of a config that are known without a kernel: all but those of whole structs and of globs. */
function metricsOf({ prefix, entries }: Config) {
  return entries.flatMap((entry) =>
    isTyped(entry)
      ? reservationsOf(entry).map(({ metric, type, at }) => ({
          name: prefix + metric,
          type,
          help: entry.members?.find((rule) => rule.at === at)?.help ?? entry.help,
        }))
      : [...new Set(entry.fields.map(({ family }) => family))],
  );
}

describe('config/kcounter.yaml', () => {
  it('loads, and names its schema in the first line', () => {
    const config = loadConfig([DEFAULT_CONFIG]);
    assert.equal(
      readFileSync(DEFAULT_CONFIG, 'utf8').split('\n')[0],
      '# yaml-language-server: $schema=./kcounter.schema.json',
    );
    assert.equal(config.prefix, 'freebsd_');
    assert.equal(config.files[0], DEFAULT_CONFIG);
  });
});

describe('config/packs', () => {
  const packs = readdirSync(PACK_FOLDER);
  const all = () => loadConfig([write(`version: 1\npacks: ['${PACK_FOLDER}/*.yaml']`)]);

  it('has packs that load by name, and names their schema in the first line', () => {
    for (const pack of packs) {
      const { files } = loadConfig([write(`version: 1\npacks: [{pack: ${basename(pack, '.yaml')}, cpu: both}]`)]);
      assert.equal(files[1], join(PACK_FOLDER, pack));
      assert.equal(
        readFileSync(files[1], 'utf8').split('\n')[0],
        '# yaml-language-server: $schema=../kcounter.schema.json',
      );
    }
  });

  it('has packs that can all be used together', () => {
    assert.equal(all().files.length, packs.length + 1);
  });

  it('says of each metric what it counts', () => {
    const silent = metricsOf(all()).filter(({ help }) => help === undefined);
    assert.deepEqual(silent, []);
  });

  it('has names and helps that promtool finds nothing to say about', { skip: !hasPromtool() && 'no promtool' }, () => {
    const text = metricsOf(all())
      .map(({ name, help, type }) => `# HELP ${name} ${help ?? ''}\n# TYPE ${name} ${type}\n${name} 1\n`)
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

  it('accepts the default config and the packs', () => {
    const ajv = validator();
    for (const file of [DEFAULT_CONFIG, ...readdirSync(PACK_FOLDER).map((pack) => join(PACK_FOLDER, pack))]) {
      assert.ok(ajv.validate(schema, parse(readFileSync(file, 'utf8'))), `${file}: ${ajv.errorsText()}`);
    }
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
    ['an offset without a metric', 'version: 1\ncounters: [{symbol: s, offset: 8}]'],
    ['a struct and a length', 'version: 1\ncounters: [{symbol: s, struct: t, length: 8}]'],
    ['a struct and a help', 'version: 1\ncounters: [{symbol: s, struct: t, help: h}]'],
    ['names and offsets', 'version: 1\ncounters: [{symbol: s, members: [a, {index: 0, metric: n, help: h}]}]'],
    ['a member of no C name', 'version: 1\ncounters: [{symbol: s, members: [a-b]}]'],
    ['a name and an offset', 'version: 1\ncounters: [{symbol: s, members: [{name: a, index: 0, metric: n, help: h}]}]'],
    [
      'a field without a format',
      'version: 1\ndpcpu: [{symbol: s, size: 8, fields: [{offset: 0, metric: n, help: h}]}]',
    ],
    [
      'fields without a size',
      'version: 1\ndpcpu: [{symbol: s, fields: [{offset: 0, format: u8, metric: n, help: h}]}]',
    ],
    ['a size and fields by name', 'version: 1\ndpcpu: [{symbol: s, size: 8, fields: [a]}]'],
    ['a struct pcpu by a name', 'version: 1\npcpu: [{symbol: s, fields: [a]}]'],
    ['a struct pcpu longer than a page', 'version: 1\npcpu: [{size: 4097, fields: []}]'],
    ['a pack without a name', 'version: 1\npacks: [{cpu: sum}]'],
    ['offset and index', 'version: 1\ncounters: [{symbol: s, members: [{index: 0, offset: 0, metric: n, help: h}]}]'],
    ['neither offset nor index', 'version: 1\ncounters: [{symbol: s, members: [{metric: n, help: h}]}]'],
    ['names without a label', 'version: 1\ncounters: [{symbol: s, metric: m, help: h, names: [a]}]'],
    ['a label without a length', 'version: 1\ncounters: [{symbol: s, metric: m, help: h, label: l}]'],
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
    const ajv = validator();
    assert.ok(
      ajv.validate(
        schema,
        parse(`version: 1
prefix: my_
reader: direct
scrape: {interval: 15s}
counters:
  - {symbol: a, metric: m, help: h, offset: 8, type: gauge, cpu: sum, labels: {a: b}, optional: true}
  - {symbol: b, metric: n, help: h, length: 2, label: l, names: [x, y]}
  - {symbol: c, members: [{index: 0, metric: o, help: h}, {offset: 8, metric: p_total, help: h, type: counter}]}
  - {symbol: f, metric: r, help: h, label: l, names: [x, y]}
  - {symbol: g}
  - {symbol: h, metric: s, cpu: sum}
  - {symbol: i, struct: i, metric: i_*_total, type: counter, optional: true}
  - symbol: j
    struct: j
    members:
      - j_*
      - {name: j_a, metric: t_total, help: h, optional: true, type: counter, cpu: sum, labels: {a: b}}
      - {name: j_b, label: l, names: [x, y]}
      - {name: j_c.d, names: {0: x, 9: y}}
  - {symbol: k, members: [{name: k_a}]}
zpcpu: [{symbol: d, size: 64, fields: [{offset: 0, format: u64, metric: q, help: h}]}]
dpcpu: [{symbol: e, size: 9, fields: [{offset: 8, format: i8, metric: u, help: h}]}, {symbol: l}, {symbol: m, struct: m, fields: [a, {name: b}]}]
pcpu: [{size: 512, fields: [{offset: 8, format: i8, metric: v, help: h}]}, {cpu: per_cpu, fields: [a, {name: b, label: l, names: [x]}]}]
packs: [tcp, ./mine/*.yaml, {pack: udp, cpu: both}]
`),
      ),
      ajv.errorsText(),
    );
  });
});
