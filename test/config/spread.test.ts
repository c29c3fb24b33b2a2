import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfig } from '../../src/config/load.js';
import { isTyped } from '../../src/config/model.js';
import {
  busiestName,
  hasPartSeries,
  partsName,
  peakNames,
  rateName,
  spreadNames,
  wantsPeaks,
  wantsSpread,
  withParts,
} from '../../src/config/spread.js';
import { FileError } from '../../src/yaml/diagnostics.js';
import { write } from './files.js';

const HEAD = 'version: 1\ncounters:\n';
const load = (text: string) => loadConfig([write(HEAD + text)]);

/** What is wrong with a config, without the places. */
function problemsOf(text: string): string[] {
  try {
    load(text);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return error.diagnostics.map(({ message }) => message.replace(/ at .*/, ''));
  }
  return [];
}

describe('withParts', () => {
  it('publishes the parts of whatever is published, and keeps what shares a family together', () => {
    const config = load(`  - {symbol: vm_cnt, struct: vmmeter, members: [{name: v_swtch, cpu: sum}], cpu: spread}
  - {symbol: sim_a, length: 2, metric: a, help: A., cpu: per_cpu}
  - {symbol: sim_b, length: 2, metric: b, help: B., cpu: sum}
`);
    const [typed, parts, sums] = withParts(config).entries;
    assert.ok(typed !== undefined && isTyped(typed));
    assert.deepEqual([typed.cpu, typed.members?.map(({ cpu }) => cpu)], ['both', ['both']]);
    assert.ok(parts !== undefined && !isTyped(parts) && sums !== undefined && !isTyped(sums));
    assert.deepEqual(new Set(parts.fields.map(({ family }) => family.cpu)), new Set(['per_cpu']));
    assert.deepEqual(
      [...new Set(sums.fields.map(({ family }) => family))].map(({ cpu }) => cpu),
      ['both'],
    );
  });
});

describe('cpu: spread', () => {
  it('has names by those of the sums', () => {
    assert.equal(rateName('freebsd_vm_traps_total'), 'freebsd_vm_traps_per_cpu_rate');
    assert.equal(busiestName('freebsd_vm_traps_total'), 'freebsd_vm_traps_busiest_cpu');
    assert.equal(partsName('freebsd_load'), 'freebsd_load_per_cpu');
    assert.deepEqual(spreadNames('a_total'), ['a_per_cpu_rate', 'a_busiest_cpu']);
    assert.deepEqual(spreadNames('a'), ['a_per_cpu']);
  });

  it('is told from modes that publish each part', () => {
    const modes = ['sum', 'per_cpu', 'both', 'spread'] as const;
    assert.deepEqual(
      modes.map((cpu) => hasPartSeries({ cpu })),
      [false, true, true, false],
    );
  });

  it('may stand in an entry, a member or a field, and is found there', () => {
    for (const text of [
      '  - {symbol: a, metric: m, help: h, cpu: spread}\n',
      '  - {symbol: a, cpu: sum, members: [{index: 0, metric: m, help: h, cpu: spread}]}\n',
      '  - {symbol: a, struct: a, cpu: spread}\n',
      '  - {symbol: a, struct: a, cpu: sum, members: [b, {name: c, cpu: spread}]}\n',
      'dpcpu: [{symbol: d, size: 8, fields: [{offset: 0, format: u8, metric: n, help: h, cpu: spread}]}]\n',
    ]) {
      const config = loadConfig([write(text.startsWith('dpcpu') ? `version: 1\n${text}` : HEAD + text)]);
      assert.equal(wantsSpread(config), true, text);
    }
    assert.equal(wantsSpread(load('  - {symbol: a, struct: a, members: [b]}\n')), false);
  });

  it('keeps its names to itself, whatever the type', () => {
    const counter = '  - {symbol: a, metric: m_total, type: counter, help: h, cpu: spread}\n';
    for (const metric of ['m_per_cpu_rate', 'm_busiest_cpu']) {
      assert.deepEqual(problemsOf(`${counter}  - {symbol: b, metric: ${metric}, help: h, cpu: sum}\n`), [
        `found the metric \`freebsd_${metric}\` a second time, expected another name than`,
      ]);
    }
    const rate = '{symbol: b, metric: m_per_cpu_rate_total, type: counter, help: h, cpu: sum}';
    assert.match(problemsOf(`${counter}  - ${rate}\n`)[0]!, /beside `freebsd_m_per_cpu_rate`/);
    // Those of each CPU's parts are free.
    assert.deepEqual(
      problemsOf(`${counter}  - {symbol: b, metric: m_per_cpu_total, type: counter, help: h, cpu: sum}\n`),
      [],
    );
    const gauge = '  - {symbol: a, metric: m, help: h, cpu: spread}\n';
    assert.equal(problemsOf(`${gauge}  - {symbol: b, metric: m_per_cpu, help: h, cpu: sum}\n`).length, 1);
    assert.equal(problemsOf(`${gauge}  - {symbol: b, metric: m_busiest_cpu, help: h, cpu: sum}\n`).length, 0);
  });

  it('keeps the label that tells its figures apart to itself', () => {
    for (const labels of ['labels: {stat: x}', 'length: 2, label: stat']) {
      assert.deepEqual(problemsOf(`  - {symbol: a, metric: m, help: h, ${labels}}\n`), [
        'found the text `stat`, expected another: this label is reserved',
      ]);
    }
  });

  it('is the default of packs only, and goes before them where they are named with it', () => {
    const pack = write('version: 1\ncounters: [{symbol: p, struct: p}, {symbol: q, struct: q, cpu: both}]\n');
    const modesOf = (named: string): string[] =>
      loadConfig([write(`version: 1\npacks: [${named}]\ncounters: [{symbol: own, struct: own}]\n`)]).entries.map(
        (entry) => (isTyped(entry) ? entry.cpu : ''),
      );
    assert.deepEqual(modesOf(pack), ['spread', 'both', 'both']);
    assert.deepEqual(modesOf(`{pack: ${pack}, cpu: spread}`), ['spread', 'spread', 'both']);
    assert.deepEqual(modesOf(`{pack: ${pack}, cpu: sum}`), ['sum', 'sum', 'both']);
  });
});

describe('peak: true', () => {
  it('has names by those of the sums, and keeps them to itself', () => {
    assert.deepEqual(peakNames('freebsd_a_total'), ['freebsd_a_peak_rate', 'freebsd_a_peak_cpu']);
    const counter = '  - {symbol: a, metric: m_total, type: counter, help: h, peak: true}\n';
    for (const metric of ['m_peak_rate', 'm_peak_cpu']) {
      assert.match(problemsOf(`${counter}  - {symbol: b, metric: ${metric}, help: h}\n`).join(), /a second time/);
    }
  });

  it('may stand in an entry, a member or a field, and holds for the counters in it', () => {
    for (const text of [
      '  - {symbol: a, metric: m_total, type: counter, help: h, peak: true}\n',
      '  - {symbol: a, members: [{index: 0, metric: m_total, type: counter, help: h, peak: true}]}\n',
      '  - {symbol: a, struct: a, peak: true, members: [b, {name: c, type: gauge}]}\n',
      '  - {symbol: a, struct: a, members: [b, {name: c, peak: true}]}\n',
    ]) {
      assert.equal(wantsPeaks(load(text)), true, text);
    }
    assert.equal(
      wantsPeaks(load('  - {symbol: a, struct: a, peak: true, members: [{name: b, peak: false}]}\n')),
      false,
    );
  });

  it('is refused for a gauge', () => {
    assert.deepEqual(problemsOf('  - {symbol: a, metric: m, help: h, peak: true}\n'), [
      'found for a gauge, expected it for counters, which have rates',
    ]);
  });
});
