/** Covers: describe.ts, describeAnswer.ts, describeList.ts, describeInterrupts.ts, describeMember.ts: what is told of kernels that are open already. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { checkSession } from '../../src/commands/check.js';
import { describeIn } from '../../src/commands/describe.js';
import { Answer } from '../../src/commands/describeAnswer.js';
import type { OpenedKernel, OpenKernel } from '../../src/service/openKernel.js';
import { profileNames } from '../../src/simulator/spec.js';
import { write } from '../config/files.js';
import { openSimulated, printed, told, withOpened, withSession, type Told } from '../support/opened.js';
import { packConfigs } from '../support/shippedPacks.js';

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

interface Options {
  readonly addresses?: boolean;
  readonly json?: boolean;
}

function ask(kernel: OpenedKernel, name: string, { json = false, ...options }: Options = {}): Promise<Told> {
  return told(async (print) => {
    const answer = new Answer(name, json, print);
    await answer.whole(() => describeIn(answer, kernel, packConfigs, name, options));
  });
}

describe('describe', () => {
  /** The one that most questions are about. */
  let opened: OpenKernel;
  before(async () => {
    opened = await openSimulated('amd64-14,cpus=2');
  });
  after(() => opened.close());

  async function asked(name: string, options?: Options): Promise<string> {
    const { stdout, error } = await ask(opened.kernel, name, options);
    assert.equal(error, undefined);
    return stdout;
  }

  it('shows type, members, offsets and values, and addresses only when they are asked for', async () => {
    const stdout = await asked('vm_cnt');
    assert.match(stdout, /^vm_cnt: struct vmmeter, \d+ bytes$/m);
    assert.match(stdout, /^member +offset +sum +cpu 0 +cpu 1$/m);
    const [, sum, ...parts] = /^v_swtch +0 +(\d+) +(\d+) +(\d+)$/m.exec(stdout)!.map((text) => text.trim());
    assert.equal(
      parts.reduce((all, part) => all + BigInt(part), 0n),
      BigInt(sum!),
    );
    assert.doesNotMatch(stdout, /0x/);
    assert.match(await asked('vm_cnt', { addresses: true }), /^address 0xffffffff[0-9a-f]{8}$/m);
  });

  it('shows of a member where it is, what is published of it, and its values', async () => {
    const stdout = await asked('tcps_listendrop');
    assert.match(stdout, /^tcps_listendrop: a member of what tcpstat holds$/m);
    assert.match(stdout, /^published as freebsd_tcp_listen_queue_drops_total, by the pack tcp, from tcpstat\./m);
    assert.match(stdout, /^tcpstat, laid out by struct tcpstat\nknown by ctf, proof build_id$/m);
    assert.match(stdout, /\nmember +offset +sum +cpu 0 +cpu 1\ntcps_listendrop +\d+ +\d+ +\d+ +\d+\n$/);
  });

  it('shows of a member that no pack publishes, or that is in no symbol of counters, what there is', async () => {
    const pcpu = await asked('pc_switchtime');
    assert.match(pcpu, /^no pack publishes it; "members: \[pc_switchtime\]"/m);
    assert.match(pcpu, /^pc_switchtime +\d+ +\d+ +\d+$/m);
    const list = await asked('if_counters');
    assert.match(
      list,
      /^published as freebsd_interface_\w+\{interface\}, by the pack interfaces, from ifnet\.if_counters\[0\]$/m,
    );
    assert.match(list, /^describe ifnet shows what this kernel has there$/m);
    const { error } = await ask(opened.kernel, 'tcps_listendrops');
    assert.match(error!, /^no loaded file has the symbol tcps_listendrops, .*did you mean `tcps_listendrop`/);
  });

  it('says the same for programs, with 64-bit values as texts', async () => {
    const json = async (name: string) =>
      JSON.parse((await ask(opened.kernel, name, { json: true })).stdout) as Described;
    const { type, readings } = await json('vm_cnt');
    assert.equal(type, 'struct vmmeter');
    assert.deepEqual(readings[0]!.known, [{ source: 'ctf', proof: 'build_id' }]);
    const { member, offset, sum, cpus } = readings[0]!.values[0]!;
    assert.deepEqual([member, offset], ['v_swtch', 0]);
    assert.match(sum!, /^\d+$/);
    assert.equal(BigInt(cpus!['0']!) + BigInt(cpus!['1']!), BigInt(sum!));
    const one = await json('tcps_drops');
    assert.deepEqual(one.of, ['tcpstat']);
    assert.equal(one.metrics![0]!.metric, 'freebsd_tcp_connections_dropped_total');
    assert.deepEqual(
      one.readings[0]!.values.map((value) => value.member),
      ['tcps_drops'],
    );
    const list = (await json('ifnet')).readings[0]!;
    assert.equal(list.pack, 'interfaces');
    assert.ok(list.values[0]!.labels!['interface'] !== undefined);
    assert.deepEqual((await json('dpcpu_off')).readings[0]!.values[0]!.hidden, true);
    assert.match((await json('nosuch')).error!, /^no loaded file has the symbol nosuch/);
  });

  it('shows plain integers, without CPUs', async () => {
    const stdout = await asked('pfsyncstats');
    assert.match(stdout, /^member +offset +value$/m);
    assert.match(stdout, /^pfsyncs_ipackets6 +8 +\d+$/m);
    assert.match(await asked('hz'), /^ +0 +1000$/m);
  });

  it('shows of addresses only that they are some, but where they are asked for', async () => {
    assert.match(await asked('dpcpu_off'), /^\[0\] +0 +address$/m);
    assert.match(await asked('dpcpu_off', { addresses: true }), /^\[0\] +0 +1844674\d{13}$/m);
  });

  it('shows the elements of a list that a pack publishes, on each CPU where that is known', async () => {
    const stdout = await asked('ifnet');
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

  it('refuses what it can make nothing of, and what is not there', async () => {
    assert.match((await ask(opened.kernel, 'sim_pointer')).error!, /its type is void \*/);
    assert.match((await ask(opened.kernel, 'no_such_symbol')).error!, /^no loaded file has the symbol no_such_symbol/);
  });

  it('shows members whose names differ only in what the names of metrics leave out', async () => {
    const stdout = await asked('pfkeystat');
    for (const member of ['out_total', 'in_total']) assert.match(stdout, new RegExp(`^${member} +\\d+ +\\d+ `, 'm'));
    assert.match(await asked('in_total'), /^pfkeystat, laid out by struct pfkeystat\n/m);
  });

  it('says of a symbol that a pack reads elsewhere which pack that is', async () => {
    const { error } = await ask(opened.kernel, 'rip6stat');
    assert.equal(error, 'no loaded file has the symbol rip6stat; the pack ip6 reads it of kernels that have it');
  });

  it('shows a structure by the name that a config has for it', async () => {
    const named = await asked('nexthops');
    assert.match(named, /^nexthops: a structure that begins at rt_tables$/m);
    assert.match(named, /^nexthops, as the pack nexthops publishes it:$/m);
    assert.match(await asked('unix_listeners'), /^path +member +value$/m);
  });
});

// libkvm serves one kernel at a time: each of these closes its own.
describe('describe, of other kernels', () => {
  it('shows where a member is by a layout where there are no types, and refuses what no layout tells', async () => {
    await withOpened('amd64-14,cpus=2,types=none', async (kernel) => {
      const same = (await ask(kernel, 'tcpstat.tcps_listendrop')).stdout;
      assert.match(same, /^known by layout, proof/m);
      assert.match(same, /^tcps_listendrop +496 /m);
      const untold = await ask(kernel, 'ifnet');
      assert.match(untold.error!, /^ifnet: .* no type information/);
    });
  });

  for (const profile of profileNames) {
    it(`shows what each CPU has in its struct pcpu, and interrupts by their names, which no type of theirs tells: ${profile}`, async () => {
      await withOpened(`${profile},cpus=2`, async (kernel) => {
        const pcpu = await ask(kernel, 'pcpu');
        assert.equal(pcpu.error, undefined);
        assert.match(pcpu.stdout, /^member +offset +cpu 0 +cpu 1$/m);
        assert.match(pcpu.stdout, /^pc_cpuid +\d+ +0 +1$/m);
        assert.match(pcpu.stdout, /^pc_cp_time\[4\] +\d+ +\d{5,} +\d{5,}$/m);
        assert.doesNotMatch(pcpu.stdout, /1844674\d{13}/);

        const { error, stdout } = await ask(kernel, 'intrcnt');
        assert.equal(error, undefined);
        assert.match(
          stdout,
          /^intrcnt: of the kernel's interrupts, which the list "interrupts:" of a config publishes,/,
        );
        assert.match(stdout, /^interrupts_total, as the pack interrupts publishes it:$/m);
        assert.match(stdout, /^\S+ +mce0:rx0 +\d+ +- +-$/m);
        assert.match(stdout, /^interrupts_stray_total, as/m);
        assert.doesNotMatch(stdout, /interrupt_cpu/);
        // Only amd64 has such sources.
        const isAmd64 = profile.startsWith('amd64');
        const cpus = await ask(kernel, 'interrupt_sources');
        assert.equal(cpus.error === undefined, isAmd64);
        assert.equal(/^irq\d+ +mce0:rx1 +1$/m.test(cpus.stdout), isAmd64);
        const all = await ask(kernel, 'interrupts');
        assert.equal(all.error, undefined);
        assert.equal(/^interrupt_cpu, as/m.test(all.stdout), isAmd64);
        assert.match(all.stdout, /^interrupts_stray_total, as/m);
      });
    });
  }

  it('shows what packs publish of a structure that begins at a symbol, though its type tells nothing', async () => {
    await withOpened('amd64-14,cpus=2,modules=pf', async (kernel) => {
      const hops = await ask(kernel, 'rt_tables');
      assert.equal(hops.error, undefined);
      assert.match(hops.stdout, /^nexthops, as the pack nexthops publishes it:$/m);
      assert.match(hops.stdout, /^0 +ipv4 +2 +mce1 +192\.0\.2\.1 +nh_pksent +\d+ +\d+ +\d+$/m);
      const both = (await ask(kernel, 'bpf_iflist')).stdout;
      assert.match(both, /^bpf_readers, as the pack bpf publishes it:$/m);
      assert.match(both, /^bpf_writers, as the pack bpf publishes it:$/m);
    });
    const none = await withOpened('amd64-12', (kernel) => ask(kernel, 'rt_tables'));
    assert.equal(none.error, "rt_tables: the kernel's types have no struct rib_head");
  });

  it('shows what the elements of another list hold, and the entry that a config would need', async () => {
    const { stdout, error } = await withOpened('amd64-14,cpus=2', (kernel) => ask(kernel, 'allprison'));
    assert.equal(error, undefined);
    assert.match(stdout, /^a TAILQ of struct prison \(\d+ bytes\), linked by pr_list$/m);
    assert.match(stdout, /^pr_name +\d+ {2}char \[256\] +a label$/m);
    assert.match(stdout, /^pr_childmax +\d+ {2}int +an integer$/m);
    const entry = stdout.slice(stdout.indexOf('\nlist:\n'));
    await withSession('amd64-14,cpus=2', [write(`version: 1${entry}`)], async (session) => {
      const check = await told((print) => checkSession(session, {}, print));
      assert.equal(check.error, undefined);
      assert.match(check.stdout, /^allprison +up /m);
      assert.match(await printed(session), /^freebsd_allprison_childmax\{name="j1"\} \d+$/m);
    });
  });
});
