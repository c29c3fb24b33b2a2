/** A counter that the kernel contradicts, as a user meets it. Covers: truth/, service/truth.ts, commands/{serve,print,check}.ts. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runExporter, RunningExporter } from '../support/exporter.js';
import { until } from '../support/until.js';

const KERNEL = '--simulate=amd64-14,cpus=4';
/** FreeBSD 14 declares it and never counts it, and vm.stats.vm.v_pdpages tells something else. */
const DEAD = 'freebsd_dead_total';
const YAML = `version: 1
packs: [tcp]
counters: [{symbol: vm_cnt, type: counter, members: [{name: v_pdpages, metric: dead_total, cpu: sum}, {name: v_trap, metric: traps_total, cpu: sum}]}]
`;

describe('a counter that the kernel contradicts', () => {
  let dir: string;
  let config: string;
  let unproven: string;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'kcounter-truth-'));
    config = join(dir, 'mine.yaml');
    writeFileSync(config, YAML);
    unproven = join(dir, 'off.yaml');
    writeFileSync(unproven, `${YAML}truth: off\n`);
  });
  after(() => {
    rmSync(dir, { recursive: true });
  });

  it('is served by nobody from the first scrape on, and everything says so', async () => {
    const exporter = await RunningExporter.start(KERNEL, `--config.file=${config}`);
    try {
      const checksOf = (text: string): number =>
        Number(/^kcounter_exporter_truth_checks_total\{source="kvm_counter_u64_fetch"\} (\d+)$/m.exec(text)?.[1]);
      const first = await exporter.metrics();
      assert.ok(!first.includes(`\n${DEAD} `));
      assert.match(first, /^freebsd_traps_total \d+$/m);
      assert.match(first, /^kcounter_exporter_symbol_up\{symbol="vm_cnt",optional="false"\} 0$/m);
      assert.match(first, /^kcounter_exporter_truth_withdrawn 1$/m);
      await until(async () => checksOf(await exporter.metrics()) > checksOf(first), 'more checks', 50);
      const page = await (await fetch(new URL('/symbols', exporter.url))).text();
      assert.match(page, /1 of 2 values: v_pdpages disagrees with vm\.stats\.vm\.v_pdpages/);
      const lines = exporter.log.split('\n').filter((line) => line.includes('disagrees'));
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(
        lines[0]!,
        /level=warn msg="counter disagrees with the kernel and is withdrawn" counter=vm_cnt\.v_pdpages reason="disagrees with vm\.stats\.vm\.v_pdpages"/,
      );
    } finally {
      assert.equal(await exporter.stop(), 0);
    }
  });

  it('is not printed, and check --symbols finds it', () => {
    const printed = runExporter('print', KERNEL, `--config.file=${config}`);
    assert.equal(printed.code, 0, printed.stderr);
    assert.ok(!printed.stdout.includes(`\n${DEAD} `));
    assert.match(printed.stdout, /^freebsd_traps_total \d+$/m);
    const checked = runExporter('check', '--symbols', KERNEL, `--config.file=${config}`);
    assert.equal(checked.code, 1);
    assert.match(checked.stdout, /^vm_cnt +down {2}1 of 2 values: v_pdpages disagrees with vm\.stats\.vm\.v_pdpages$/m);
  });

  it('is published where nothing is proven', () => {
    const { stdout } = runExporter('print', KERNEL, `--config.file=${unproven}`);
    assert.match(stdout, new RegExp(`^${DEAD} 0$`, 'm'));
    assert.ok(!stdout.includes('kcounter_exporter_truth_'));
  });
});
