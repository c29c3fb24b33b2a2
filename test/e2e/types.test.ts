/** Covers: the commands discover, describe and verify, and the packs: what is known by the kernel's types. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { execFileSync } from 'node:child_process';
import { packageRoot } from '../../src/packageRoot.js';
import { profileNames } from '../../src/simulator/spec.js';
import { RunningExporter, runExporter } from '../support/exporter.js';
import { parseSamples } from '../support/exposition.js';
import { skipUnless } from '../support/programs.js';

const dir = mkdtempSync(join(tmpdir(), 'kcounter-types-'));
after(() => {
  rmSync(dir, { recursive: true });
});
const packs = readdirSync(join(packageRoot, 'config', 'packs')).map((file) => basename(file, '.yaml'));

function configFile(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

describe('packs', () => {
  for (const profile of profileNames) {
    it(
      `are all served without an offset in any config, and nothing that must be there is down: ${profile}`,
      { skip: skipUnless('promtool') },
      () => {
        const config = configFile(
          `${profile}.yaml`,
          `version: 1\npacks: [${packs.map((pack) => `{pack: ${pack}, cpu: both}`).join(', ')}]\n`,
        );
        const { code, stdout, stderr } = runExporter(
          'print',
          `--simulate=${profile},cpus=2`,
          `--config.file=${config}`,
        );
        assert.equal(code, 0, stderr);
        assert.equal(
          execFileSync('promtool', ['check', 'metrics'], { input: stdout, encoding: 'utf8', maxBuffer: 1 << 26 }),
          '',
        );
        assert.ok(parseSamples(stdout).size > 3000);
        assert.doesNotMatch(stderr, /symbol cannot be read/);
        const down = [...stdout.matchAll(/^kcounter_exporter_symbol_up\{symbol="(\w+)",optional="false"\} 0$/gm)];
        assert.deepEqual(
          down.map(([, symbol]) => symbol),
          [],
        );
      },
    );
  }

  it('print few series by default, and of each CPU only what it does itself', () => {
    const { stdout } = runExporter('print', '--simulate=amd64-14,cpus=8');
    const series = [...parseSamples(stdout).keys()].filter((name) => name.startsWith('freebsd_'));
    assert.ok(series.length > 100 && series.length < 450, `${series.length} series`);
    const names = series.filter((name) => name.includes('_per_cpu')).map((name) => name.replace(/\{.*/, ''));
    assert.equal(names.length, 8 * new Set(names).size);
    assert.deepEqual(
      [...new Set(names)].sort(),
      ['context_switches', 'device_interrupts', 'software_interrupts', 'syscalls', 'traps'].map(
        (one) => `freebsd_vm_${one}_per_cpu_total`,
      ),
    );
  });

  it('serve fewer than 1,000 series by default at 64 CPUs, with what the CPUs do', async () => {
    const shortly = configFile('shortly.yaml', 'version: 1\nactivity: {interval: 1s, window: 4s}\npacks: [cpu]\n');
    const exporter = await RunningExporter.start(
      '--simulate=amd64-14,cpus=64',
      `--config.file=${join(packageRoot, 'config', 'kcounter.yaml')}`,
      `--config.file=${shortly}`,
    );
    try {
      const lines = (await exporter.metricsWith(/_busiest_cpu[ {]/)).split('\n');
      const series = lines.filter((line) => !line.startsWith('#')).map((line) => line.replace(/ \S+$/, ''));
      assert.ok(series.length > 800 && series.length < 1000, `${series.length} series`);
      assert.ok(series.includes('freebsd_vm_faults_per_cpu_rate{stat="max"}'));
      assert.ok(series.includes('freebsd_cpu_time_ticks_per_cpu_rate{mode="interrupt",stat="p99"}'));
    } finally {
      await exporter.stop();
    }
  });
});

describe('discover', () => {
  it('writes a config that check finds good and that publishes every counter it found', () => {
    const found = runExporter('discover', '--simulate=amd64-14,cpus=2,counters=50');
    assert.equal(found.code, 0, found.stderr);
    const config = configFile('discovered.yaml', found.stdout);
    const check = runExporter('check', `--config.file=${config}`);
    assert.equal(check.code, 0, check.stderr);
    const counters = Number(/^# (\d+) counters that can be read now/m.exec(found.stdout)?.[1]);
    assert.ok(counters > 1400);
    assert.ok(!found.stdout.includes('v_pdpages'));
    const { stdout } = runExporter('print', '--simulate=amd64-14,cpus=2', `--config.file=${config}`);
    // What is made up for --simulate with counters is named by another file; here those symbols are not in the kernel.
    assert.match(stdout, /kcounter_exporter_symbol_up\{symbol="sim_counter_7",optional="false"\} 0/);
    const sums = [...parseSamples(stdout).keys()].filter((name) => /^freebsd_(?!\w*_per_cpu)/.test(name));
    const inLists = Number(
      /^# \d+ counters that can be read now, and (\d+) in the elements of 2 lists\./m.exec(found.stdout)?.[1],
    );
    // Of the interfaces, and of the two zones that are but caches, which have one name.
    assert.equal(inLists, 8 * 12 + 2 * 4);
    assert.equal(sums.filter((name) => name.startsWith('freebsd_ifnet_counters_total{')).length, 8 * 12);
    assert.equal(sums.length, counters - 50 + inLists);
    assert.deepEqual(
      sums.filter((name) => /spare|_pad/.test(name)),
      [],
    );
    assert.match(
      found.stdout,
      /^ {2}# Without what only fills the struct, or is never counted\.\n {2}- \{symbol: arpstat, .*members: \[/m,
    );
    assert.match(
      found.stdout,
      /^ {2}- \{symbol: vm_cnt, type: counter, members: \[v_swtch, .*, \{name: v_wire_count, type: gauge\}.*\]\}$/m,
    );
  });

  it('writes lists alone where nothing else is asked for, which a kernel serves whole', () => {
    for (const profile of profileNames) {
      const found = runExporter('discover', `--simulate=${profile},cpus=2,jails=2,interfaces=30`, '--symbols=ifn*');
      assert.equal(found.code, 0, found.stderr);
      assert.doesNotMatch(found.stdout, /counters:$/m);
      assert.match(found.stdout, /^ {2}# The pack interfaces publishes it, by better names\.$/m);
      const config = configFile('lists.yaml', found.stdout);
      const check = runExporter('check', `--simulate=${profile},cpus=2,interfaces=30`, `--config.file=${config}`);
      assert.equal(check.code, 0, check.stderr);
      assert.match(check.stdout, /^ifnet +up /m);
    }
  });

  it('says so where nothing is found', () => {
    const { code, stderr } = runExporter('discover', '--simulate', '--symbols=nothing_*');
    assert.equal(code, 1);
    assert.match(stderr, /^kcounter_exporter: no counters were found/);
  });
});

/** What describe --json prints, as far as it is looked at. */
interface Described {
  readonly type?: string;
  readonly error?: string;
  readonly of?: readonly string[];
  readonly metrics?: readonly { readonly metric: string }[];
  readonly readings: readonly {
    readonly pack?: string;
    readonly known: readonly unknown[];
    readonly values: readonly {
      readonly member?: string;
      readonly offset?: number;
      readonly hidden?: boolean;
      readonly labels?: Readonly<Record<string, string>>;
      readonly sum?: string;
      readonly cpus?: Readonly<Record<string, string>>;
    }[];
  }[];
}

describe('describe', () => {
  it('shows type, members, offsets and values, and addresses only when they are asked for', () => {
    const { code, stdout } = runExporter('describe', 'vm_cnt', '--simulate=amd64-14,cpus=2');
    assert.equal(code, 0);
    assert.match(stdout, /^vm_cnt: struct vmmeter, \d+ bytes$/m);
    assert.match(stdout, /^member +offset +sum +cpu 0 +cpu 1$/m);
    const [, sum, ...parts] = /^v_swtch +0 +(\d+) +(\d+) +(\d+)$/m.exec(stdout)!.map((text) => text.trim());
    assert.equal(
      parts.reduce((all, part) => all + BigInt(part), 0n),
      BigInt(sum!),
    );
    assert.doesNotMatch(stdout, /0x/);
    assert.match(
      runExporter('describe', 'vm_cnt', '--simulate', '--addresses').stdout,
      /^address 0xffffffff[0-9a-f]{8}$/m,
    );
  });

  it('shows of a member where it is, what is published of it, and its values', () => {
    const { code, stdout } = runExporter('describe', 'tcps_listendrop', '--simulate=amd64-14,cpus=2');
    assert.equal(code, 0);
    assert.match(stdout, /^tcps_listendrop: a member of what tcpstat holds$/m);
    assert.match(stdout, /^published as freebsd_tcp_listen_queue_drops_total, by the pack tcp, from tcpstat\./m);
    assert.match(stdout, /^tcpstat, laid out by struct tcpstat\nknown by ctf, proof build_id$/m);
    assert.match(stdout, /\nmember +offset +sum +cpu 0 +cpu 1\ntcps_listendrop +\d+ +\d+ +\d+ +\d+\n$/);
    const same = runExporter('describe', 'tcpstat.tcps_listendrop', '--simulate=amd64-14,cpus=2,types=none').stdout;
    assert.match(same, /^known by layout, proof/m);
    assert.match(same, /^tcps_listendrop +496 /m);
  });

  it('shows of a member that no pack publishes, or that is in no symbol of counters, what there is', () => {
    const pcpu = runExporter('describe', 'pc_switchtime', '--simulate=amd64-14,cpus=2').stdout;
    assert.match(pcpu, /^no pack publishes it; "members: \[pc_switchtime\]"/m);
    assert.match(pcpu, /^pc_switchtime +\d+ +\d+ +\d+$/m);
    const list = runExporter('describe', 'if_counters', '--simulate=amd64-14,cpus=2').stdout;
    assert.match(
      list,
      /^published as freebsd_interface_\w+\{interface\}, by the pack interfaces, from ifnet\.if_counters\[0\]$/m,
    );
    assert.match(list, /^describe ifnet shows what this kernel has there$/m);
    const { code, stderr } = runExporter('describe', 'tcps_listendrops', '--simulate');
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^kcounter_exporter: no loaded file has the symbol tcps_listendrops, .*did you mean `tcps_listendrop`/,
    );
  });

  it('says the same for programs, with 64-bit values as texts', () => {
    const json = (...args: string[]) => JSON.parse(runExporter('describe', '--json', ...args).stdout) as Described;
    const { type, readings } = json('vm_cnt', '--simulate=amd64-14,cpus=2');
    assert.equal(type, 'struct vmmeter');
    assert.deepEqual(readings[0]!.known, [{ source: 'ctf', proof: 'build_id' }]);
    const { member, offset, sum, cpus } = readings[0]!.values[0]!;
    assert.deepEqual([member, offset], ['v_swtch', 0]);
    assert.match(sum!, /^\d+$/);
    assert.equal(BigInt(cpus!['0']!) + BigInt(cpus!['1']!), BigInt(sum!));
    const one = json('tcps_drops', '--simulate');
    assert.deepEqual(one.of, ['tcpstat']);
    assert.equal(one.metrics![0]!.metric, 'freebsd_tcp_connections_dropped_total');
    assert.deepEqual(
      one.readings[0]!.values.map((value) => value.member),
      ['tcps_drops'],
    );
    const list = json('ifnet', '--simulate=amd64-14,cpus=2').readings[0]!;
    assert.equal(list.pack, 'interfaces');
    assert.ok(list.values[0]!.labels!['interface'] !== undefined);
    assert.deepEqual(json('dpcpu_off', '--simulate').readings[0]!.values[0]!.hidden, true);
    assert.match(json('nosuch', '--simulate').error!, /^no loaded file has the symbol nosuch/);
  });

  it('shows plain integers, without CPUs', () => {
    const { code, stdout } = runExporter('describe', 'pfsyncstats', '--simulate=amd64-14,cpus=2');
    assert.equal(code, 0);
    assert.match(stdout, /^member +offset +value$/m);
    assert.match(stdout, /^pfsyncs_ipackets6 +8 +\d+$/m);
    const single = runExporter('describe', 'hz', '--simulate=amd64-14,cpus=2');
    assert.match(single.stdout, /^ +0 +1000$/m);
  });

  it('shows what each CPU has in its struct pcpu, and no address unasked', () => {
    for (const profile of profileNames) {
      const { code, stdout, stderr } = runExporter('describe', 'pcpu', `--simulate=${profile},cpus=2`);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^member +offset +cpu 0 +cpu 1$/m);
      assert.match(stdout, /^pc_cpuid +\d+ +0 +1$/m);
      assert.match(stdout, /^pc_cp_time\[4\] +\d+ +\d{5,} +\d{5,}$/m);
      assert.doesNotMatch(stdout, /1844674\d{13}/);
    }
    const addresses = ['describe', 'dpcpu_off', '--simulate=amd64-14,cpus=2'];
    assert.match(runExporter(...addresses).stdout, /^\[0\] +0 +address$/m);
    assert.match(runExporter(...addresses, '--addresses').stdout, /^\[0\] +0 +1844674\d{13}$/m);
  });

  it('shows interrupts by their names, which no type of theirs tells', () => {
    for (const profile of ['amd64-12', 'amd64-14', 'arm64-15']) {
      const describeOf = (name: string) => runExporter('describe', name, `--simulate=${profile},cpus=2`);
      const { code, stdout, stderr } = describeOf('intrcnt');
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^intrcnt: of the kernel's interrupts, which the list "interrupts:" of a config publishes,/);
      assert.match(stdout, /^interrupts_total, as the pack interrupts publishes it:$/m);
      assert.match(stdout, /^\S+ +mce0:rx0 +\d+ +- +-$/m);
      assert.match(stdout, /^interrupts_stray_total, as/m);
      assert.doesNotMatch(stdout, /interrupt_cpu/);
      // Only amd64 has such sources.
      const isAmd64 = profile.startsWith('amd64');
      const cpus = describeOf('interrupt_sources');
      assert.equal(cpus.code, isAmd64 ? 0 : 1);
      assert.equal(/^irq\d+ +mce0:rx1 +1$/m.test(cpus.stdout), isAmd64);
      const all = describeOf('interrupts');
      assert.equal(all.code, 0, all.stderr);
      assert.equal(/^interrupt_cpu, as/m.test(all.stdout), isAmd64);
      assert.match(all.stdout, /^interrupts_stray_total, as/m);
    }
  });

  it('shows the elements of a list that a pack publishes, on each CPU where that is known', () => {
    const { code, stdout, stderr } = runExporter('describe', 'ifnet', '--simulate=amd64-14,cpus=2');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^a CK_STAILQ of struct ifnet \(\d+ bytes\), linked by if_link$/m);
    assert.match(stdout, /^ifnet, as the pack interfaces publishes it:$/m);
    assert.match(stdout, /^interface +member +sum +cpu 0 +cpu 1$/m);
    const lines = [...stdout.matchAll(/^(\w+) +if_counters\[0\] +(\d+) +(\S+) +(\S+)$/gm)];
    assert.equal(lines.length, 8);
    for (const [, name, sum, ...parts] of lines) {
      if (name === 'vtnet0' || name === 'lagg0') assert.deepEqual(parts, ['-', '-']);
      else
        assert.equal(
          parts.reduce((all, part) => all + BigInt(part), 0n),
          BigInt(sum!),
          name,
        );
    }
  });

  it('shows what packs publish of a structure that begins at a symbol, though its type tells nothing', () => {
    const kernel = '--simulate=amd64-14,cpus=2,modules=pf';
    const hops = runExporter('describe', 'rt_tables', kernel);
    assert.equal(hops.code, 0, hops.stderr);
    assert.match(hops.stdout, /^nexthops, as the pack nexthops publishes it:$/m);
    assert.match(hops.stdout, /^0 +ipv4 +2 +mce1 +192\.0\.2\.1 +nh_pksent +\d+ +\d+ +\d+$/m);
    const both = runExporter('describe', 'bpf_iflist', kernel).stdout;
    assert.match(both, /^bpf_readers, as the pack bpf publishes it:$/m);
    assert.match(both, /^bpf_writers, as the pack bpf publishes it:$/m);
    const none = runExporter('describe', 'rt_tables', '--simulate=amd64-12');
    assert.equal(none.code, 1);
    assert.match(none.stderr, /^kcounter_exporter: rt_tables: the kernel's types have no struct rib_head$/m);
  });

  it('shows what the elements of another list hold, and the entry that a config would need', () => {
    const { code, stdout, stderr } = runExporter('describe', 'allprison', '--simulate=amd64-14,cpus=2');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^a TAILQ of struct prison \(\d+ bytes\), linked by pr_list$/m);
    assert.match(stdout, /^pr_name +\d+ {2}char \[256\] +a label$/m);
    assert.match(stdout, /^pr_childmax +\d+ {2}int +an integer$/m);
    const entry = stdout.slice(stdout.indexOf('\nlist:\n'));
    const file = configFile('list.yaml', `version: 1${entry}`);
    const check = runExporter('check', '--simulate=amd64-14,cpus=2', `--config.file=${file}`);
    assert.equal(check.code, 0, check.stderr);
    assert.match(check.stdout, /^allprison +up /m);
    assert.match(
      runExporter('print', '--simulate=amd64-14,cpus=2', `--config.file=${file}`).stdout,
      /^freebsd_allprison_childmax\{name="j1"\} \d+$/m,
    );
  });

  it('refuses what it can make nothing of, and what is not there', () => {
    const pointer = runExporter('describe', 'sim_pointer', '--simulate');
    assert.equal(pointer.code, 1);
    assert.match(pointer.stderr, /its type is void \*/);
    const untold = runExporter('describe', 'ifnet', '--simulate=amd64-14,types=none');
    assert.equal(untold.code, 1);
    assert.match(untold.stderr, /^kcounter_exporter: ifnet: .* no type information/);
    const missing = runExporter('describe', 'no_such_symbol', '--simulate');
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /no loaded file has the symbol no_such_symbol/);
  });
});

describe('verify', () => {
  it('ends with 0 where all agree, as a table and as JSON', () => {
    const config = configFile('verify.yaml', 'version: 1\npacks: [tcp, udp, ip, icmp, vm]\n');
    const { code, stdout } = runExporter('verify', '--simulate', `--config.file=${config}`);
    assert.equal(code, 0);
    const [, agreeing, all] = /^(\d+) of (\d+) values lie between/m.exec(stdout)!;
    assert.equal(agreeing, all);
    assert.ok(Number(all) >= 250);
    const json = runExporter('verify', '--simulate', '--json', `--config.file=${config}`);
    const { comparisons } = JSON.parse(json.stdout) as { comparisons: { agrees: boolean; read: string }[] };
    assert.equal(comparisons.length, Number(all));
    assert.ok(comparisons.every(({ agrees, read }) => agrees && /^-?\d+$/.test(read)));
  });

  it('fails where nothing can be compared', () => {
    const config = configFile('nothing.yaml', 'version: 1\ncounters: [{symbol: sim_rest}]\n');
    const { code, stderr } = runExporter('verify', '--simulate', `--config.file=${config}`);
    assert.equal(code, 1);
    assert.match(stderr, /nothing was compared/);
  });
});
