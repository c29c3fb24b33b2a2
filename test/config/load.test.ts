/** What good configs become, and what is said of bad ones: each message exactly as it is printed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorsOf, load, write } from './files.js';

const HEAD = 'version: 1\n';
/** A config of one counter with these further lines. */
const counter = (...lines: string[]) =>
  [HEAD + 'counters:', '  - symbol: s', ...lines.map((l) => `    ${l}`)].join('\n');
const GOOD = counter('metric: m', 'help: h');
/** The one error of a config. */
function errorOf(text: string): string {
  const errors = errorsOf(text);
  assert.equal(errors.length, 1, errors.join('\n'));
  return errors[0]!;
}

describe('a good config', () => {
  it('gets every default', () => {
    const file = write(GOOD);
    const config = load(GOOD);
    assert.deepEqual(
      { ...config, files: [], entries: [] },
      {
        prefix: 'freebsd_',
        reader: 'auto',
        scrapeIntervalMs: undefined,
        truthShare: 0.05,
        activity: { intervalMs: 5000, windowMs: 60_000 },
        created: false,
        entries: [],
        files: [],
      },
    );
    const [entry] = config.entries;
    assert.deepEqual(
      { ...entry, at: { ...entry!.at, file } },
      {
        kind: 'counters',
        symbol: 's',
        optional: false,
        symbolSize: undefined,
        itemSize: 8,
        fields: [
          {
            family: { name: 'freebsd_m', perCpuName: 'freebsd_m_per_cpu', help: 'h', type: 'gauge', cpu: 'both' },
            labels: [],
            cellOffset: 0,
            offset: 0,
            format: 'i64',
          },
        ],
        at: { file, line: 3, column: 5 },
      },
    );
  });

  it('lays an array out as one metric with a label', () => {
    const text = counter(
      'metric: m_total',
      'help: h',
      'type: counter',
      'length: 3',
      'labels: {a: b}',
      'label: state',
      'names: [x, y, z]',
    );
    const [entry] = load(text).entries;
    assert.equal(entry!.symbolSize, 24);
    assert.deepEqual(
      entry!.fields.map(({ labels, cellOffset, format }) => [
        labels.map((l) => `${l.name}=${l.value}`).join(),
        cellOffset,
        format,
      ]),
      [
        ['a=b,state=x', 0, 'u64'],
        ['a=b,state=y', 8, 'u64'],
        ['a=b,state=z', 16, 'u64'],
      ],
    );
    assert.ok(
      entry!.fields.every(({ family }) => family === entry!.fields[0]!.family),
      'one family is one object',
    );
    assert.equal(entry!.fields[0]!.family.perCpuName, 'freebsd_m_per_cpu_total');
  });

  it('numbers an array without names', () => {
    const [plain] = load(counter('metric: m', 'help: h', 'length: 2')).entries;
    assert.deepEqual(
      plain!.fields.map(({ labels }) => labels),
      [[{ name: 'index', value: '0' }], [{ name: 'index', value: '1' }]],
    );
    const [named] = load(counter('metric: m', 'help: h', 'length: 2', 'label: queue')).entries;
    assert.deepEqual(named!.fields[1]!.labels, [{ name: 'queue', value: '1' }]);
  });

  it('takes the length of an array from its names', () => {
    const [entry] = load(counter('metric: m', 'help: h', 'label: state', 'names: [x, y, z]')).entries;
    assert.equal(entry!.symbolSize, 24);
    assert.deepEqual(
      entry!.fields.map(({ labels, cellOffset }) => [labels[0]!.value, cellOffset]),
      [
        ['x', 0],
        ['y', 8],
        ['z', 16],
      ],
    );
  });

  it('lets members inherit, override and merge', () => {
    const text = counter(
      'type: counter',
      'cpu: sum',
      'labels: {a: one, b: two}',
      'members:',
      '  - {offset: 16, metric: x_total, help: h}',
      '  - {index: 3, metric: y, help: h, type: gauge, cpu: per_cpu, labels: {b: three, c: four}}',
    );
    const [entry] = load(text).entries;
    const seen = entry!.fields.map(({ family, labels, cellOffset, format }) => ({
      name: family.name,
      cpu: family.cpu,
      labels: labels.map((l) => `${l.name}=${l.value}`).join(),
      cellOffset,
      format,
    }));
    assert.deepEqual(seen, [
      { name: 'freebsd_x_total', cpu: 'sum', labels: 'a=one,b=two', cellOffset: 16, format: 'u64' },
      { name: 'freebsd_y', cpu: 'per_cpu', labels: 'a=one,b=three,c=four', cellOffset: 24, format: 'i64' },
    ]);
    assert.equal(entry!.symbolSize, undefined);
  });

  it('takes zpcpu and dpcpu items', () => {
    const text = `${HEAD}zpcpu:
  - symbol: z
    size: 64
    offset: 8
    fields:
      - {offset: 8, format: u32, metric: z_total, help: h, type: counter}
dpcpu:
  - symbol: d
    size: 192
    optional: true
    fields:
      - {offset: 176, format: ptr, metric: d_set, help: h}
`;
    const [z, d] = load(text).entries;
    assert.deepEqual([z!.kind, z!.itemSize, z!.symbolSize, z!.optional], ['zpcpu', 64, undefined, false]);
    assert.deepEqual([z!.fields[0]!.cellOffset, z!.fields[0]!.offset, z!.fields[0]!.format], [8, 8, 'u32']);
    // The last eight bytes are only told of.
    assert.deepEqual([d!.kind, d!.itemSize, d!.symbolSize, d!.optional], ['dpcpu', 184, 192, true]);
    assert.deepEqual([d!.fields[0]!.cellOffset, d!.fields[0]!.offset, d!.fields[0]!.format], [0, 176, 'ptr']);
  });

  it('takes a byte order mark, CRLF, document markers, comments, a %YAML directive, JSON and aliases', () => {
    assert.equal(load(`\ufeff${GOOD}`).entries.length, 1);
    assert.equal(load(GOOD.replaceAll('\n', '\r\n')).entries[0]!.at.line, 3);
    assert.equal(load(`%YAML 1.1\n--- # c\n${GOOD}\n...\n`).entries.length, 1);
    assert.equal(load('{"version": 1, "counters": [{"symbol": "s", "metric": "m", "help": "h"}]}').entries.length, 1);
    const aliased = `${HEAD}counters:\n- {symbol: s, metric: m, help: h, labels: &l {a: b}}\n- {symbol: t, metric: n, help: h, labels: *l}\n`;
    assert.deepEqual(load(aliased).entries[1]!.fields[0]!.labels, [{ name: 'a', value: 'b' }]);
  });

  it('calls numbers that are none what YAML calls them', () => {
    for (const text of ['.nan', '.inf', '-.inf']) {
      assert.match(
        errorsOf(`version: ${text}\n`)[0]!,
        new RegExp(`version: found the number ${text.replace('.', '\\.')}, expected`),
      );
    }
  });

  it('takes numbers as YAML 1.2 has them: 017 is seventeen, 0o17 fifteen, whatever a directive says', () => {
    for (const directive of ['', '%YAML 1.1\n---\n']) {
      for (const [text, value] of [
        ['017', 17],
        ['0o17', 15],
        ['0x11', 17],
      ] as const) {
        const { entries } = load(
          `${directive}version: 1\ncounters: [{symbol: s, length: ${text}, label: n, metric: m, help: H.}]\n`,
        );
        assert.equal(entries[0]!.fields.length, value, directive + text);
      }
    }
  });

  it('takes times for what the exporter samples, or none', () => {
    const activity = (...lines: string[]) => load([GOOD, ...lines].join('\n')).activity;
    assert.equal(activity('activity: off'), undefined);
    assert.deepEqual(activity('activity: {interval: 2s, window: 30s}'), { intervalMs: 2000, windowMs: 30_000 });
    assert.deepEqual(activity('activity: {interval: 30s}'), { intervalMs: 30_000, windowMs: 120_000 });
    // What a loop reads are the samples.
    assert.deepEqual(activity('scrape: {interval: 20s}'), { intervalMs: 20_000, windowMs: 80_000 });
    assert.match(
      errorOf(`${GOOD}\nactivity: {interval: 500ms}`),
      /activity\.interval: found the text `500ms`, expected .*1s/,
    );
    assert.match(
      errorOf(`${GOOD}\nactivity: {window: 10s}`),
      /activity: found a window of 10s, expected 4 intervals or more: 20s/,
    );
  });

  it('says how much CPU time may go into proofs', () => {
    const share = (written: string) => load(`${GOOD}\ntruth: ${written}`).truthShare;
    assert.equal(share('off'), undefined);
    assert.equal(share('{}'), 0.05);
    assert.equal(share('{share: 0.1%}'), 0.001);
    assert.equal(share('{share: 12.5%}'), 0.125);
    assert.equal(share('{share: 50%}'), 0.5);
    for (const bad of ['0%', '51%', '5', '0.05%', '-5%', '5 %']) {
      assert.match(
        errorOf(`${GOOD}\ntruth: {share: ${bad}}`),
        /:\d+:\d+: truth\.share: found .*, expected a share such as 5%/,
        bad,
      );
    }
    for (const bad of ['on', 'false', '5%']) {
      assert.match(errorOf(`${GOOD}\ntruth: ${bad}`), /truth: found .*, expected a mapping, or off/, bad);
    }
  });

  it('has _created lines only where they are asked for', () => {
    assert.equal(load(GOOD).created, false);
    assert.equal(load(`${GOOD}\nopenmetrics: {created: true}`).created, true);
  });

  it('takes times from 100ms to 60m', () => {
    const interval = (written: string) => load(`${GOOD}\nscrape: {interval: ${written}}`).scrapeIntervalMs;
    assert.deepEqual(['100ms', '15s', '60m'].map(interval), [100, 15_000, 3_600_000]);
  });

  it('joins files; a global may stand in any of them, or in several that agree', () => {
    const second = GOOD.replace('metric: m', 'metric: n');
    const config = load(`${GOOD}\nreader: direct`, `${second}\nprefix: my_\nreader: direct`);
    assert.equal(config.reader, 'direct');
    assert.equal(config.files.length, 2);
    assert.deepEqual(
      config.entries.map(({ fields }) => fields[0]!.family.name),
      ['my_m', 'my_n'],
    );
  });
});

describe('schema errors', () => {
  it('are all shown, in the order of the file, with what was meant', () => {
    const text = `version: 2
prefx: freebsd_
reader: atuo
scrape:
  interval: 15
counters:
  - symbol: numcachehv
    metric: namecache_held_vnodes
    type: guage
    lables: {cache: name}
    offset: 1.5
  - symbol: 7
    metric: foo_total
    help: ''
    labels: {a: 1}
    optional: yes
  - 5
  -
zpcpu: {}
dpcpu:
  - symbol: d
    size: 65537
    fields:
      - {format: u65, metric: m, help: h}
      - {offset: -1, format: u64, metric: n, Help: h}
`;
    assert.deepEqual(errorsOf(text), [
      'a.yaml:1:10: version: found the number 2, expected the number 1',
      'a.yaml:2:1: prefx: unknown key, did you mean `prefix`?',
      'a.yaml:3:9: reader: found the text `atuo`, expected `auto`, `libkvm` or `direct`, did you mean `auto`?',
      'a.yaml:5:13: scrape.interval: found the number 15, expected a time such as 15s',
      'a.yaml:7:5: counters[0].help: is missing, expected text',
      'a.yaml:9:11: counters[0].type: found the text `guage`, expected `gauge` or `counter`, did you mean `gauge`?',
      'a.yaml:10:5: counters[0].lables: unknown key, did you mean `labels`?',
      'a.yaml:11:13: counters[0].offset: found the number 1.5, expected a whole number from 0 to 1048568',
      'a.yaml:12:13: counters[1].symbol: found the number 7, expected text',
      "a.yaml:13:13: counters[1].metric: found the text `foo_total`, expected no `_total` at the end of a gauge's name (or `type: counter`)",
      'a.yaml:14:11: counters[1].help: found an empty text, expected a line that says what is counted',
      'a.yaml:15:17: counters[1].labels.a: found the number 1, expected text (a number or a truth value needs quotes)',
      'a.yaml:16:15: counters[1].optional: found the text `yes`, expected `true` or `false`',
      'a.yaml:17:5: counters[2]: found the number 5, expected a mapping',
      'a.yaml:18:4: counters[3]: found nothing, expected a mapping',
      'a.yaml:19:8: zpcpu: found a mapping, expected a list',
      'a.yaml:22:11: dpcpu[0].size: found the number 65537, expected a whole number from 1 to 65536',
      'a.yaml:24:9: dpcpu[0].fields[0].offset: is missing, expected a whole number from 0 to 65535',
      'a.yaml:24:18: dpcpu[0].fields[0].format: found the text `u65`, expected `u8`, `u16`, `u32`, `u64`, `i8`, `i16`, `i32`, `i64` or `ptr`, did you mean `u64`?',
      'a.yaml:25:9: dpcpu[0].fields[1].help: is missing, expected text',
      'a.yaml:25:18: dpcpu[0].fields[1].offset: found the number -1, expected a whole number from 0 to 65535',
      'a.yaml:25:46: dpcpu[0].fields[1].Help: unknown key, did you mean `help`?',
    ]);
  });

  it('know keys that mean something to JavaScript as unknown', () => {
    assert.deepEqual(errorsOf(`${GOOD}\n__proto__: {a: 1}\nconstructor: 1`), [
      'a.yaml:6:1: __proto__: unknown key',
      'a.yaml:7:1: constructor: unknown key',
    ]);
  });

  it('keep a name from steering the terminal', () => {
    const text = `${GOOD}\nreader: "\\e]0;x\\a${'y'.repeat(100)}"`;
    assert.match(errorOf(text), /^a\.yaml:6:9: reader: found the text `\\u001b\]0;x\\u0007y{54}…`, expected/);
  });

  it('show a flood of errors in part', () => {
    const errors = errorsOf(HEAD + 'counters:\n' + '  - {}\n'.repeat(2000));
    assert.equal(errors.length, 51);
    assert.equal(errors[0], 'a.yaml:3:5: counters[0].symbol: is missing, expected text');
    assert.equal(errors[50], '… and 1950 more');
  });
});

describe('globals', () => {
  it('must agree where several files set them', () => {
    const second = GOOD.replace('metric: m', 'metric: n');
    const errors = errorsOf(
      `prefix: a_\nreader: auto\nscrape: {interval: 1s}\n${GOOD}`,
      `prefix: b_\nreader: direct\nscrape: {interval: 2s}\n${second}`,
    );
    assert.deepEqual(errors, [
      'b.yaml:1:9: prefix: found the text `b_`, expected the text `a_` as at a.yaml:1:9',
      'b.yaml:2:9: reader: found the text `direct`, expected the text `auto` as at a.yaml:2:9',
      'b.yaml:3:20: scrape.interval: found the text `2s`, expected the text `1s` as at a.yaml:3:20',
    ]);
  });

  it('are held against the rules', () => {
    const prefix = (written: string) => errorOf(`${GOOD}\nprefix: ${written}`);
    assert.equal(prefix('freebsd'), 'a.yaml:6:9: prefix: found the text `freebsd`, expected an underscore at its end');
    assert.equal(
      prefix("'a:'"),
      'a.yaml:6:9: prefix: found the text `a:`, expected ASCII letters, digits and underscores, with no digit first',
    );
    assert.equal(
      prefix("''"),
      'a.yaml:6:9: prefix: found an empty text, expected ASCII letters, digits and underscores, with no digit first',
    );
    assert.equal(
      prefix('kcounter_exporter_x_'),
      "a.yaml:6:9: prefix: found the text `kcounter_exporter_x_`, expected another: `kcounter_exporter_` is the exporter's own",
    );
    for (const written of ['99ms', '61m', '1.5s', '15', '1h', '-1s', '99999999999s']) {
      assert.equal(
        errorOf(`${GOOD}\nscrape: {interval: '${written}'}`),
        `a.yaml:6:20: scrape.interval: found the text \`${written}\`, expected a time such as 15s, from 100ms to 60m`,
      );
    }
  });
});

describe('names and texts', () => {
  const metric = (name: string, ...more: string[]) => errorOf(counter('help: h', ...more, `metric: ${name}`));

  it('of metrics follow Prometheus, promtool and the type', () => {
    assert.equal(
      metric("'a b'"),
      'a.yaml:5:13: counters[0].metric: found the text `a b`, expected ASCII letters, digits and underscores, with no digit first',
    );
    assert.equal(
      metric('9a'),
      'a.yaml:5:13: counters[0].metric: found the text `9a`, expected ASCII letters, digits and underscores, with no digit first',
    );
    assert.equal(
      metric('mé'),
      'a.yaml:5:13: counters[0].metric: found the text `mé`, expected ASCII letters, digits and underscores, with no digit first',
    );
    assert.equal(
      metric("'a:b'"),
      'a.yaml:5:13: counters[0].metric: found the text `a:b`, expected no colon: those are for recording rules',
    );
    assert.equal(
      metric('freebsd_a'),
      'a.yaml:5:13: counters[0].metric: found the text `freebsd_a`, expected the name without the prefix `freebsd_`, which is put before it',
    );
    assert.equal(
      metric('a', 'type: counter'),
      "a.yaml:6:13: counters[0].metric: found the text `a`, expected a counter's name to end in `_total`",
    );
    assert.equal(
      metric('x'.repeat(201)),
      'a.yaml:5:13: counters[0].metric: found a name of 201 characters, expected at most 200',
    );
    for (const suffix of [
      'bucket',
      'count',
      'sum',
      'info',
      'created',
      'gcount',
      'gsum',
      'counter',
      'gauge',
      'histogram',
      'summary',
    ]) {
      assert.equal(
        metric(`a_${suffix}`),
        `a.yaml:5:13: counters[0].metric: found the text \`a_${suffix}\`, expected another ending: \`_${suffix}\` tells another type of metric`,
      );
    }
  });

  it("of metrics stay clear of the exporter's own, prefix and all", () => {
    assert.equal(
      errorOf(`${counter('help: h', 'metric: exporter_x')}\nprefix: kcounter_`),
      "a.yaml:5:13: counters[0].metric: found the text `exporter_x`, expected another name: those that begin with `kcounter_exporter_` are the exporter's own",
    );
  });

  it('of metrics are published once, whatever their type, file or place', () => {
    const b = `${HEAD}counters:
  - {symbol: a, metric: m_per_cpu, help: h}
  - {symbol: b, metric: m_total, help: h, type: counter, cpu: sum}
  - {symbol: c, metric: m, help: h, cpu: sum}
dpcpu:
  - symbol: d
    size: 8
    fields:
      - {offset: 0, format: u8, metric: n, help: h}
      - {offset: 1, format: u8, metric: n, help: h}
`;
    assert.deepEqual(errorsOf(GOOD, b), [
      'b.yaml:3:25: counters[0].metric: found the metric `freebsd_m_per_cpu` a second time, expected another name than at a.yaml:4:13',
      'b.yaml:4:25: counters[1].metric: found the metric `freebsd_m_total` beside `freebsd_m` at a.yaml:4:13, expected names that differ in more than `_total`',
      'b.yaml:5:25: counters[2].metric: found the metric `freebsd_m` a second time, expected another name than at a.yaml:4:13',
      'b.yaml:11:41: dpcpu[0].fields[1].metric: found the metric `freebsd_n` a second time, expected another name than at b.yaml:10:41',
      'b.yaml:11:41: dpcpu[0].fields[1].metric: found the metric `freebsd_n_per_cpu` a second time, expected another name than at b.yaml:10:41',
    ]);
    assert.equal(
      load(counter('metric: m', 'help: h', 'cpu: sum'), counter('metric: m_per_cpu', 'help: h', 'cpu: sum')).entries
        .length,
      2,
    );
  });

  it('of symbols are those of C, as the kernel writes them', () => {
    const symbol = (name: string) => errorOf(`${HEAD}counters: [{metric: m, help: h, symbol: ${name}}]`);
    assert.equal(
      symbol('a-b'),
      'a.yaml:2:41: counters[0].symbol: found the text `a-b`, expected ASCII letters, digits and underscores, with no digit first',
    );
    assert.equal(
      symbol("''"),
      'a.yaml:2:41: counters[0].symbol: found an empty text, expected ASCII letters, digits and underscores, with no digit first',
    );
    assert.equal(
      symbol('vnet_entry_a'),
      'a.yaml:2:41: counters[0].symbol: found the text `vnet_entry_a`, expected the name without `vnet_entry_`, which is put before it',
    );
    assert.equal(
      symbol('pcpu_entry_a'),
      'a.yaml:2:41: counters[0].symbol: found the text `pcpu_entry_a`, expected the name without `pcpu_entry_`, which is put before it',
    );
  });

  it('of labels are free, and each is there once', () => {
    const labels = (map: string, ...more: string[]) =>
      errorsOf(counter('metric: m', 'help: h', `labels: ${map}`, ...more));
    assert.deepEqual(labels("{cpu: a, le: b, quantile: c, __x: d, a-b: e, 'f:g': h, ok: ''}"), [
      'a.yaml:6:14: counters[0].labels.cpu: found the text `cpu`, expected another: this label is reserved',
      'a.yaml:6:22: counters[0].labels.le: found the text `le`, expected another: this label is reserved',
      'a.yaml:6:29: counters[0].labels.quantile: found the text `quantile`, expected another: this label is reserved',
      "a.yaml:6:42: counters[0].labels.__x: found the text `__x`, expected another: `__` is for Prometheus' own labels",
      'a.yaml:6:50: counters[0].labels.a-b: found the text `a-b`, expected ASCII letters, digits and underscores, with no digit first',
      'a.yaml:6:58: counters[0].labels.f:g: found the text `f:g`, expected ASCII letters, digits and underscores, with no digit first',
      'a.yaml:6:72: counters[0].labels.ok: found an empty text, which Prometheus takes for no label, expected some text',
    ]);
    assert.deepEqual(labels('{a: b, a: c}'), [
      'a.yaml:6:20: counters[0].labels.a: found this key a second time, expected each key once',
    ]);
    assert.deepEqual(labels('{state: x}', 'length: 2', 'label: state'), [
      'a.yaml:8:12: counters[0].label: found the label `state` for the array and among `labels`, expected different names',
    ]);
    assert.deepEqual(labels('{index: x}', 'length: 2'), [
      'a.yaml:3:5: counters[0]: found the label `index` for the array and among `labels`, expected different names',
    ]);
    assert.deepEqual(labels('{}', 'length: 2', 'label: cpu'), [
      'a.yaml:8:12: counters[0].label: found the text `cpu`, expected another: this label is reserved',
    ]);
    assert.deepEqual(labels(`{${Array.from({ length: 31 }, (_, i) => `l${i}: x`).join(', ')}}`), [
      'a.yaml:6:13: counters[0].labels: found 31 labels, expected at most 30',
    ]);
    assert.deepEqual(labels('{a: "x\\ny", b: "\\x7f"}'), [
      'a.yaml:6:17: counters[0].labels.a: found the text `x\\u000ay` with a line break or a control character, expected one line of plain text',
      'a.yaml:6:28: counters[0].labels.b: found the text `\\u007f` with a line break or a control character, expected one line of plain text',
    ]);
    assert.deepEqual(labels(`{a: ${'x'.repeat(501)}}`), [
      'a.yaml:6:17: counters[0].labels.a: found 501 characters, expected at most 500',
    ]);
  });

  it('of help are one line', () => {
    const help = (written: string) => errorOf(counter('metric: m', `help: ${written}`));
    assert.equal(
      help("' '"),
      'a.yaml:5:11: counters[0].help: found an empty text, expected a line that says what is counted',
    );
    assert.equal(
      help('>\n      folded'),
      'a.yaml:5:11: counters[0].help: found a line break at the end, expected one line (`>-` or `|-` drops the break)',
    );
    assert.equal(
      help('|-\n      two\n      lines'),
      'a.yaml:5:11: counters[0].help: found the text `two\\u000alines` with a line break or a control character, expected one line of plain text',
    );
    assert.equal(
      help('"\\e[1m"'),
      'a.yaml:5:11: counters[0].help: found the text `\\u001b[1m` with a line break or a control character, expected one line of plain text',
    );
    assert.equal(
      help('"\\ud800"'),
      'a.yaml:5:11: counters[0].help: found the text `\\ud800` with a line break or a control character, expected one line of plain text',
    );
    assert.equal(help('x'.repeat(1001)), 'a.yaml:5:11: counters[0].help: found 1001 characters, expected at most 1000');
    assert.equal(
      load(counter('metric: m', 'help: >-', '  folded', '  to one')).entries[0]!.fields[0]!.family.help,
      'folded to one',
    );
  });
});

describe('the layout of an entry', () => {
  it('is one counter, an array or members, not two of them', () => {
    assert.deepEqual(
      errorsOf(counter('metric: m', 'help: h', 'offset: 8', 'length: 2', 'label: l', 'names: [a, b]', 'members: []')),
      [
        'a.yaml:4:5: counters[0].metric: found together with `members`, expected it in each member or not at all',
        'a.yaml:5:5: counters[0].help: found together with `members`, expected it in each member or not at all',
        'a.yaml:6:5: counters[0].offset: found together with `members`, expected it in each member or not at all',
        'a.yaml:7:5: counters[0].length: found together with `members`, expected it in each member or not at all',
        'a.yaml:8:5: counters[0].label: found together with `members`, expected it in each member or not at all',
        'a.yaml:9:5: counters[0].names: found together with `members`, expected it in each member or not at all',
        'a.yaml:10:14: counters[0].members: found an empty list, expected at least one item',
      ],
    );
    assert.equal(
      errorOf(counter('metric: m', 'help: h', 'label: l')),
      'a.yaml:6:5: counters[0].label: found without `length` and `names`, expected one of them for an array',
    );
    assert.deepEqual(errorsOf(counter('length: 2', 'offset: 8')), [
      'a.yaml:3:5: counters[0].metric: is missing, expected text',
      'a.yaml:3:5: counters[0].help: is missing, expected text',
      'a.yaml:5:5: counters[0].offset: found in an array, expected it to begin at its symbol',
    ]);
    assert.deepEqual(errorsOf(counter('offset: 8')), [
      'a.yaml:3:5: counters[0].metric: is missing, expected text',
      'a.yaml:3:5: counters[0].help: is missing, expected text',
    ]);
    assert.equal(
      errorOf(counter('members: [{index: 0, metric: m, help: h, label: l}]')),
      'a.yaml:4:46: counters[0].members[0].label: found without `name`, expected the two together',
    );
    assert.equal(
      errorOf(`${HEAD}dpcpu: [{symbol: d, size: 8, help: h, fields: [{offset: 0, format: u8, metric: m, help: h}]}]`),
      'a.yaml:2:30: dpcpu[0].help: found in an entry with `size`, expected it in each field',
    );
  });

  it('of an array has as many names as counters, each once', () => {
    assert.deepEqual(errorsOf(counter('metric: m', 'help: h', 'length: 4', 'label: l', "names: [a, b, a, '', 1]")), [
      'a.yaml:8:12: counters[0].names: found 5 names, expected 4: as many as `length`',
      'a.yaml:8:19: counters[0].names[2]: found the text `a` a second time, expected it once (first as number 0)',
      'a.yaml:8:22: counters[0].names[3]: found an empty text, which Prometheus takes for no label, expected some text',
      'a.yaml:8:26: counters[0].names[4]: found the number 1, expected text (a number or a truth value needs quotes)',
    ]);
    assert.equal(
      errorOf(counter('metric: m', 'help: h', 'label: l', 'names: []')),
      'a.yaml:7:12: counters[0].names: found an empty list, expected at least one item',
    );
    assert.equal(
      errorOf(counter('metric: m', 'help: h', 'length: 1', 'names: [a]')),
      'a.yaml:7:5: counters[0].names: found without `label`, expected the name of the label that takes them',
    );
    assert.equal(
      errorOf(counter('metric: m', 'help: h', 'length: 0')),
      'a.yaml:6:13: counters[0].length: found the number 0, expected a whole number from 1 to 65536',
    );
  });

  it('of members has one place for each, where a pointer can be', () => {
    const text = counter(
      'members:',
      '  - {metric: a, help: h}',
      '  - {metric: b, help: h, offset: 8, index: 1}',
      '  - {metric: c, help: h, offset: 12}',
      '  - {metric: d, help: h, offset: 16}',
      '  - {metric: e, help: h, index: 2}',
    );
    assert.deepEqual(errorsOf(text), [
      'a.yaml:5:9: counters[0].members[0].name: is missing, expected text (or `offset` or `index`)',
      'a.yaml:6:41: counters[0].members[1].index: found together with `offset`, expected one of the two',
      'a.yaml:7:38: counters[0].members[2].offset: found the number 12, expected a multiple of 8: the place of a pointer',
      'a.yaml:9:9: counters[0].members[4]: found the counter at offset 16 a second time, expected it once (first in counters[0].members[3])',
    ]);
    assert.equal(
      errorOf(counter('metric: m', 'help: h', 'offset: 4')),
      'a.yaml:6:13: counters[0].offset: found the number 4, expected a multiple of 8: the place of a pointer',
    );
  });

  it('of items has its fields within it, aligned, and of a format that fits the type', () => {
    const text = `${HEAD}zpcpu:
  - symbol: z
    size: 16
    offset: 4
    fields:
      - {offset: 12, format: u64, metric: a, help: h}
      - {offset: 4, format: i64, metric: b, help: h}
      - {offset: 16, format: u8, metric: c, help: h}
      - {offset: 2, format: u32, metric: d, help: h}
      - {offset: 8, format: i32, metric: e_total, help: h, type: counter}
      - {offset: 8, format: ptr, metric: f_total, help: h, type: counter}
      - {offset: 0, format: u64, metric: g, help: h}
      - {offset: 0, format: u64, metric: i, help: h}
      - {offset: 0, format: u32, metric: j, help: h}
  - {symbol: y, size: 12, fields: []}
  - {symbol: x, size: 8}
`;
    assert.deepEqual(errorsOf(text), [
      'a.yaml:5:13: zpcpu[0].offset: found the number 4, expected a multiple of 8: the place of a pointer',
      'a.yaml:7:18: zpcpu[0].fields[0].offset: found bytes 12 to 19, expected them within the 16 bytes of `size`',
      'a.yaml:8:18: zpcpu[0].fields[1].offset: found the number 4, expected a multiple of 8 for i64',
      'a.yaml:9:18: zpcpu[0].fields[2].offset: found bytes 16 to 16, expected them within the 16 bytes of `size`',
      'a.yaml:10:18: zpcpu[0].fields[3].offset: found the number 2, expected a multiple of 4 for u32',
      'a.yaml:11:29: zpcpu[0].fields[4].format: found the text `i32` for a counter, expected u8, u16, u32 or u64',
      'a.yaml:12:29: zpcpu[0].fields[5].format: found the text `ptr` for a counter, expected u8, u16, u32 or u64',
      'a.yaml:14:9: zpcpu[0].fields[7]: found the u64 at offset 0 a second time, expected it once (first in zpcpu[0].fields[6])',
      'a.yaml:16:23: zpcpu[1].size: found the number 12, expected 4, 8, 16, 32 or 64',
      'a.yaml:16:35: zpcpu[1].fields: found an empty list, expected at least one item',
      'a.yaml:17:5: zpcpu[2].fields: is missing, expected a list',
    ]);
  });
});
