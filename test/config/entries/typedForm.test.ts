/** Entries whose layout the kernel's types tell: what they become, and what is said of bad ones. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorsOf, load, loadTyped } from '../files.js';

const HEAD = 'version: 1\n';
/** A config of one typed entry with these further lines. */
const tcpstat = (...lines: string[]) =>
  [HEAD + 'counters:', '  - symbol: tcpstat', '    struct: tcpstat', ...lines.map((l) => `    ${l}`)].join('\n');
const members = (...items: string[]) => tcpstat('members:', ...items.map((item) => `  - ${item}`));

describe('a typed entry', () => {
  it('gets every default', () => {
    const [entry] = loadTyped(`${HEAD}counters: [{symbol: numneghits}]`);
    assert.deepEqual(
      { ...entry, at: { ...entry!.at, file: '' } },
      {
        typed: true,
        kind: 'counters',
        symbol: 'numneghits',
        optional: false,
        struct: undefined,
        metric: undefined,
        help: undefined,
        type: 'gauge',
        cpu: 'both',
        labels: [],
        members: undefined,
        at: { file: '', line: 2, column: 12 },
      },
    );
    assert.equal(loadTyped(tcpstat())[0]!.type, 'counter', 'statistics grow');
    assert.equal(loadTyped(tcpstat('type: gauge'))[0]!.type, 'gauge');
    assert.equal(loadTyped(`${HEAD}dpcpu: [{symbol: d, struct: s}]`)[0]!.type, 'gauge');
  });

  it('is a symbol alone that lacks a metric or a help, one with a struct, or one whose members have names', () => {
    const counter = (rest: string) => `${HEAD}counters: [{symbol: s, ${rest}}]`;
    assert.equal(loadTyped(counter('metric: m'))[0]!.metric, 'm');
    assert.equal(loadTyped(counter('help: h'))[0]!.help, 'h');
    assert.equal(loadTyped(counter('members: [v_swtch]'))[0]!.members!.length, 1);
    assert.equal(load(counter('metric: m, help: h')).entries.length, 1);
    assert.equal(load(counter('members: [{index: 0, metric: m, help: h}]')).entries.length, 1);
    const [z, d, e] = loadTyped(
      `${HEAD}zpcpu: [{symbol: z, fields: [{name: a}]}]\ndpcpu: [{symbol: d}, {symbol: e, metric: m, help: h}]`,
    );
    assert.deepEqual([z!.kind, d!.kind], ['zpcpu', 'dpcpu']);
    assert.deepEqual([e!.metric, e!.help], ['m', 'h']);
  });

  it('has rules for members, which inherit, override and merge', () => {
    const [entry] = loadTyped(
      tcpstat(
        'metric: t_*_total',
        'cpu: sum',
        'labels: {a: one}',
        'optional: true',
        'members:',
        '  - tcps_sc_*',
        '  - name: tcps_rcvduppack',
        '    metric: tcp_duplicates',
        '    help: Help.',
        '    type: gauge',
        '    cpu: per_cpu',
        '    labels: {b: two}',
        '    optional: true',
        '  - {name: inner.tcps_hist, label: slot, names: [x, y]}',
        '  - {name: tcps_sparse, names: {3: three, 1: one}}',
        '  - {name: "tcps_?", metric: "t_*_x_total"}',
      ),
    );
    assert.deepEqual([entry!.metric, entry!.optional], ['t_*_total', true]);
    assert.deepEqual(
      entry!.members!.map(({ at, ...rule }) => ({ ...rule, at: `${at.line}:${at.column}` })),
      [
        {
          pattern: 'tcps_sc_*',
          metric: undefined,
          help: undefined,
          type: 'counter',
          cpu: 'sum',
          labels: [{ name: 'a', value: 'one' }],
          label: 'index',
          names: undefined,
          optional: false,
          at: '10:9',
        },
        {
          pattern: 'tcps_rcvduppack',
          metric: 'tcp_duplicates',
          help: 'Help.',
          type: 'gauge',
          cpu: 'per_cpu',
          labels: [
            { name: 'a', value: 'one' },
            { name: 'b', value: 'two' },
          ],
          label: 'index',
          names: undefined,
          optional: true,
          at: '11:9',
        },
        {
          pattern: 'inner.tcps_hist',
          metric: undefined,
          help: undefined,
          type: 'counter',
          cpu: 'sum',
          labels: [{ name: 'a', value: 'one' }],
          label: 'slot',
          names: new Map([
            [0, 'x'],
            [1, 'y'],
          ]),
          optional: false,
          at: '18:9',
        },
        {
          pattern: 'tcps_sparse',
          metric: undefined,
          help: undefined,
          type: 'counter',
          cpu: 'sum',
          labels: [{ name: 'a', value: 'one' }],
          label: 'index',
          names: new Map([
            [1, 'one'],
            [3, 'three'],
          ]),
          optional: false,
          at: '19:9',
        },
        {
          pattern: 'tcps_?',
          metric: 't_*_x_total',
          help: undefined,
          type: 'counter',
          cpu: 'sum',
          labels: [{ name: 'a', value: 'one' }],
          label: 'index',
          names: undefined,
          optional: false,
          at: '20:9',
        },
      ],
    );
  });
});

describe('a bad typed entry', () => {
  it('is shown with all that is wrong with it', () => {
    const text = `${HEAD}counters:
  - symbol: tcpstat
    struct: struct tcpstat
    metric: tcp_total
    help: h
    offset: 8
    members:
      - 5
      - {nam: tcps_a}
      - {name: 'tcps-a'}
      - tcps_b
      - {name: tcps_b, type: conter}
      - {name: tcps_c, metric: 'c_*_*_total'}
      - {name: tcps_d, metric: d}
      - {name: tcps_e*, metric: e_total, help: h, names: [a]}
      - {name: tcps_f, labels: {index: x}}
      - {name: tcps_g, label: cpu, names: [a, a]}
      - {name: tcps_h, names: {x: a, 01: b, 65536: c, 2: d, 3: d, 4: ''}}
      - {name: tcps_i, names: []}
      - {name: tcps_j, names: {}}
      - {name: tcps_k, names: text}
      - {name: tcps_l, names: ['1', '3', '2']}
      - {name: tcps_m, help: ' '}
      - {index: 0, metric: m_total, help: h}
      - {offset: 8, metric: n_total, help: h}
`;
    assert.deepEqual(errorsOf(text), [
      'a.yaml:4:13: counters[0].struct: found the text `struct tcpstat`, expected the name without the word `struct`',
      "a.yaml:5:13: counters[0].metric: found the text `tcp_total`, expected one `*`, which stands for the member's name",
      'a.yaml:6:5: counters[0].help: found for more than one metric, expected it in each member',
      'a.yaml:7:5: counters[0].offset: found in an entry that goes by names, expected the type to say it',
      'a.yaml:9:9: counters[0].members[0]: found the number 5, expected a name, a glob or a mapping',
      'a.yaml:10:9: counters[0].members[1].name: is missing, expected text',
      'a.yaml:10:10: counters[0].members[1].nam: unknown key, did you mean `name`?',
      "a.yaml:11:16: counters[0].members[2].name: found the text `tcps-a`, expected a member's name or a glob: ASCII letters, digits, underscores, `*` and `?`, or an element such as `x[3]` or `x[3].y`",
      'a.yaml:13:16: counters[0].members[4].name: found the text `tcps_b` a second time, expected it once (first in counters[0].members[3])',
      'a.yaml:13:30: counters[0].members[4].type: found the text `conter`, expected `gauge` or `counter`, did you mean `counter`?',
      "a.yaml:14:32: counters[0].members[5].metric: found the text `c_*_*_total`, expected one `*`, which stands for the member's name",
      "a.yaml:15:32: counters[0].members[6].metric: found the text `d`, expected a counter's name to end in `_total`",
      "a.yaml:16:33: counters[0].members[7].metric: found the text `e_total`, expected one `*`, which stands for the member's name",
      'a.yaml:16:42: counters[0].members[7].help: found for a glob, expected it for one member',
      'a.yaml:16:51: counters[0].members[7].names: found for a glob, expected it for one member',
      'a.yaml:17:9: counters[0].members[8]: found the label `index` for the array and among `labels`, expected different names',
      'a.yaml:18:31: counters[0].members[9].label: found the text `cpu`, expected another: this label is reserved',
      'a.yaml:18:47: counters[0].members[9].names[1]: found the text `a` a second time, expected it once (first as number 0)',
      'a.yaml:19:32: counters[0].members[10].names.x: found the index x, expected a whole number from 0 to 65535',
      'a.yaml:19:38: counters[0].members[10].names.01: found the index 01, expected a whole number from 0 to 65535',
      'a.yaml:19:45: counters[0].members[10].names.65536: found the index 65536, expected a whole number from 0 to 65535',
      'a.yaml:19:64: counters[0].members[10].names.3: found the text `d` a second time, expected it once (first as number 2)',
      'a.yaml:19:70: counters[0].members[10].names.4: found an empty text, which Prometheus takes for no label, expected some text',
      'a.yaml:20:31: counters[0].members[11].names: found nothing in it, expected at least one name',
      'a.yaml:21:31: counters[0].members[12].names: found nothing in it, expected at least one name',
      'a.yaml:22:31: counters[0].members[13].names: found the text `text`, expected a list, or a mapping from indexes to texts',
      'a.yaml:23:37: counters[0].members[14].names[1]: found the text `3`, expected another: element 3 has it for want of a name',
      'a.yaml:24:30: counters[0].members[15].help: found an empty text, expected a line that says what is counted',
      'a.yaml:25:10: counters[0].members[16].index: found in an entry that goes by names, expected `name` only',
    ]);
  });

  it('has keys of the other form, a help for several metrics, or a template that cannot be', () => {
    const errors = errorsOf(`${HEAD}counters:
  - {symbol: a, struct: s, label: l, names: [x], length: 1}
  - {symbol: b, metric: b_*_sum}
  - {symbol: c, metric: freebsd_*}
  - {symbol: d, metric: 'd_*_total'}
  - {symbol: e, labels: {index: x}}
  - {symbol: vnet_entry_f}
  - {symbol: g, struct: s-t}
  - {symbol: h, members: [x, x]}
  - {symbol: k, members: []}
zpcpu:
  - {symbol: i, size: 64, fields: [{name: a}]}
dpcpu:
  - {symbol: j, metric: 'j_*', help: h}
`);
    assert.deepEqual(errors, [
      'a.yaml:3:28: counters[0].label: found in an entry that goes by names, expected it in a member',
      'a.yaml:3:38: counters[0].names: found in an entry that goes by names, expected it in a member',
      'a.yaml:3:50: counters[0].length: found in an entry that goes by names, expected the type to say it',
      'a.yaml:4:25: counters[1].metric: found the text `b_*_sum`, expected another ending: `_sum` tells another type of metric',
      'a.yaml:5:25: counters[2].metric: found the text `freebsd_*`, expected the name without the prefix `freebsd_`, which is put before it',
      "a.yaml:6:25: counters[3].metric: found the text `d_*_total`, expected no `_total` at the end of a gauge's name (or `type: counter`)",
      'a.yaml:7:25: counters[4].labels: found the label `index` for the array and among `labels`, expected different names',
      'a.yaml:8:14: counters[5].symbol: found the text `vnet_entry_f`, expected the name without `vnet_entry_`, which is put before it',
      'a.yaml:9:25: counters[6].struct: found the text `s-t`, expected ASCII letters, digits and underscores, with no digit first',
      'a.yaml:10:30: counters[7].members[1]: found the text `x` a second time, expected it once (first in counters[7].members[0])',
      'a.yaml:11:26: counters[8].members: found an empty list, expected at least one item',
      'a.yaml:13:17: zpcpu[0].size: found in an entry that goes by names, expected the type to say it',
      'a.yaml:15:32: dpcpu[0].help: found together with a `*` in `metric`, expected it in each member',
    ]);
  });

  it('gives a name that is taken already, written or made, by an entry of either form', () => {
    const errors = errorsOf(
      `${HEAD}counters: [{symbol: s, metric: tcp_a_total, help: h, type: counter}]`,
      members('tcps_a', '{name: tcps_b, metric: x_total}', '{name: tcps_c, metric: x_total}', '{name: u_c}', 'v_c'),
    );
    assert.deepEqual(errors, [
      'b.yaml:6:9: counters[0].members[0]: found the metric `freebsd_tcp_a_total` a second time, expected another name than at a.yaml:2:32',
      'b.yaml:6:9: counters[0].members[0]: found the metric `freebsd_tcp_a_per_cpu_total` a second time, expected another name than at a.yaml:2:32',
      'b.yaml:8:32: counters[0].members[2].metric: found the metric `freebsd_x_total` a second time, expected another name than at b.yaml:7:32',
      'b.yaml:8:32: counters[0].members[2].metric: found the metric `freebsd_x_per_cpu_total` a second time, expected another name than at b.yaml:7:32',
      'b.yaml:10:9: counters[0].members[4]: found the metric `freebsd_tcp_c_total` a second time, expected another name than at b.yaml:9:9',
      'b.yaml:10:9: counters[0].members[4]: found the metric `freebsd_tcp_c_per_cpu_total` a second time, expected another name than at b.yaml:9:9',
    ]);
    assert.deepEqual(errorsOf(`${HEAD}counters: [{symbol: s, metric: m}, {symbol: t, metric: m, cpu: sum}]`), [
      'a.yaml:2:56: counters[1].metric: found the metric `freebsd_m` a second time, expected another name than at a.yaml:2:32',
    ]);
  });

  it('has a made name that no metric can have', () => {
    assert.deepEqual(errorsOf(members(`{name: tcps_${'x'.repeat(195)}}`)), [
      'a.yaml:6:9: counters[0].members[0]: found a name of 205 characters, expected at most 200',
    ]);
  });

  it('does not lack the prefix by chance', () => {
    const prefixed = `${members('tcps_a')}\nprefix: tcp_`;
    assert.equal(loadTyped(prefixed).length, 1, 'a made name may begin with the prefix');
  });
});
