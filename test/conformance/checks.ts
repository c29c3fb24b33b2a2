/** The facts that the exporter builds on, one check each, in the order of the calls in kvm_open(3) to kldsym(2). */
import assert from 'node:assert/strict';
import koffi from 'koffi';
import { O_RDONLY, POINTER_MINUS_ONE, wordsAt } from '../../src/kernel/libkvm/functions.js';
import { mappedBytes, PROCESS_BYTES } from '../../src/kernel/ownProcess.js';
import { Skip, type Target } from './target.js';

export interface Check {
  readonly fact: string;
  run(target: Target): void;
}

/** No kernel maps it: it is not canonical on amd64, and between the two halves on arm64. */
const UNMAPPED = 0x00ff_0000_0000_0000n;
/** Words of 32 bits at the start of a struct pcpu: fewer than any has. */
const PCPU_WORDS = 64;
const SWITCHES = { sysctl: 'vm.stats.sys.v_swtch', offset: 0 };
/** The first three counters of struct vmmeter, and where their sums can be read. */
const BUSY = [SWITCHES, { sysctl: 'vm.stats.sys.v_trap', offset: 8 }, { sysctl: 'vm.stats.sys.v_syscall', offset: 16 }];

export const checks: readonly Check[] = [
  {
    fact: 'kvm_openfiles: a corefile that is not there gives NULL and the reason in errbuf',
    run(target) {
      const { kd, error } = target.open('/nonexistent');
      assert.equal(kd, null);
      assert.match(error, /\/nonexistent: No such file or directory/);
    },
  },
  {
    fact: 'kvm_openfiles: flags that are no access mode are refused',
    run(target) {
      const { kd, error } = target.open(target.options.corefile, O_RDONLY | 0x0400);
      assert.equal(kd, null);
      assert.match(error, /bad flags arg/);
    },
  },
  {
    fact: 'kvm_openfiles: /dev/null opens as a corefile, and every read of it gives 0 with "short read"',
    run(target) {
      const { kd, error } = target.open('/dev/null');
      if (kd === null) throw new Skip(`it does not open here: ${error}`);
      assert.equal(target.c.kvm_read(kd, target.address('mp_maxid'), new Uint32Array(1), 4), 0);
      assert.match(target.c.kvm_geterr(kd), /short read/);
      target.c.kvm_close(kd);
    },
  },
  {
    fact: 'kvm_nlist: one leading underscore is stripped',
    run(target) {
      const { missing, list } = target.nlist(['_mp_maxid']);
      assert.equal(missing, 0);
      assert.equal(BigInt.asUintN(64, BigInt(list[0]!.n_value)), target.address('mp_maxid'));
    },
  },
  {
    fact: 'kvm_nlist: a name that is found has a type, and the result counts those that are not',
    run(target) {
      const { missing, list } = target.nlist(['_mp_maxid', '_kcounter_no_such_symbol', '_mp_ncpus']);
      assert.equal(missing, 1);
      assert.notEqual(list[0]!.n_type, 0);
      assert.equal(list[1]!.n_type, 0);
      assert.notEqual(list[2]!.n_type, 0);
    },
  },
  {
    fact: 'kvm_nlist: an empty name ends the list',
    run(target) {
      const { missing, list } = target.nlist(['', '_mp_maxid']);
      assert.equal(missing, 0);
      assert.equal(list[1]!.n_type, 0);
    },
  },
  {
    fact: "kvm_nlist: a VNET name leads to this process's vnet, not to the template",
    run(target) {
      const template = target.kldsym('vnet_entry_tcpstat');
      if (template === undefined) throw new Skip('this kernel has no VNET tcpstat');
      const { missing, list } = target.nlist(['_tcpstat']);
      assert.equal(missing, 0);
      assert.notEqual(BigInt.asUintN(64, BigInt(list[0]!.n_value)), template.value);
    },
  },
  {
    fact: 'kvm_read: gives the count of bytes',
    run(target) {
      assert.equal(target.c.kvm_read(target.kd, target.address('mp_maxid'), new Uint32Array(1), 4), 4);
    },
  },
  {
    fact: 'kvm_read: an address that is not mapped gives no bytes and "Bad address"',
    run(target) {
      assert.equal(target.c.kvm_read(target.kd, UNMAPPED, new Uint32Array(1), 4), -1);
      assert.match(target.error(), /Bad address/);
    },
  },
  {
    fact: 'kvm_geterr: a success does not clear it',
    run(target) {
      target.c.kvm_read(target.kd, UNMAPPED, new Uint32Array(1), 4);
      const before = target.error();
      target.readU32(target.address('mp_maxid'));
      assert.equal(target.error(), before);
      assert.notEqual(before, '');
    },
  },
  {
    fact: "kvm_getmaxcpu: it is the kernel's limit mp_maxcpus, not how many CPUs there are",
    run(target) {
      assert.equal(target.c.kvm_getmaxcpu(target.kd), target.maxCpus);
      assert.ok(target.maxCpus > target.maxId);
    },
  },
  {
    fact: 'kvm_getmaxcpu(NULL): gives 0 and clears the cache, and the next call reads it again',
    run(target) {
      assert.equal(target.c.kvm_getmaxcpu(null), 0);
      assert.equal(target.c.kvm_getmaxcpu(target.kd), target.maxCpus);
    },
  },
  {
    fact: 'kvm_getncpus: it is kern.smp.cpus',
    run(target) {
      assert.equal(target.c.kvm_getncpus(target.kd), target.sysctl('kern.smp.cpus').readInt32LE());
    },
  },
  {
    fact: 'kvm_getpcpu: a buffer for each of mp_ncpus CPUs up to mp_maxid, NULL for the rest',
    run(target) {
      let found = 0;
      for (let id = 0; id < target.maxCpus; id++) {
        const pcpu = target.c.kvm_getpcpu(target.kd, id);
        assert.notEqual(pcpu, POINTER_MINUS_ONE, target.error());
        if (pcpu === null) continue;
        target.c.free(pcpu);
        assert.ok(id <= target.maxId, `CPU ${id} lies above mp_maxid ${target.maxId}`);
        found++;
      }
      assert.equal(found, target.ncpus);
    },
  },
  {
    fact: 'kvm_getpcpu: its copy is of what cpuid_to_pcpu leads to, which has the id of the CPU and what kern.cp_times tells of it',
    run(target) {
      const table = target.address('cpuid_to_pcpu');
      const places = new Set<string>();
      for (let id = 0; id <= target.maxId; id++) {
        const address = target.readU64(table + BigInt(8 * id));
        if (address === 0n) continue;
        const before = target.sysctl('kern.cp_times');
        let words = target.readWords(address, PCPU_WORDS);
        // A thread that comes, goes and comes back meanwhile makes a right copy look wrong.
        for (let attempt = 0; attempt < 20; attempt++) {
          const copy = target.c.kvm_getpcpu(target.kd, id);
          assert.ok(copy !== null && copy !== POINTER_MINUS_ONE, target.error());
          const copied = wordsAt(copy, PCPU_WORDS);
          target.c.free(copy);
          const [first, again] = [words, target.readWords(address, PCPU_WORDS)];
          words = again;
          if (first.every((word, index) => word !== again[index] || word === copied[index])) break;
          assert.ok(attempt < 19, `kvm_getpcpu tells otherwise of CPU ${id}`);
        }
        const after = target.sysctl('kern.cp_times');
        assert.equal(before.length, 40 * (target.maxId + 1));
        const time = cpTimePlace(words, before.subarray(40 * id), after.subarray(40 * id));
        assert.notEqual(time, undefined, `what kern.cp_times tells is not in the struct of CPU ${id}`);
        places.add(`pc_cp_time at ${time}`);
        // 20 bytes before it, whatever comes before both.
        assert.equal(words[time! / 4 - 5], id, 'pc_cpuid');
      }
      assert.equal(places.size, 1, [...places].join(', '));
    },
  },
  {
    fact: 'kern.sched.name: the DPCPU object tdq is ULE’s, and is not there or not used with another scheduler',
    run(target) {
      const isUle = target.sysctl('kern.sched.name').toString('latin1').startsWith('ULE\0');
      const tdq = target.kldsym('pcpu_entry_tdq');
      if (tdq === undefined) throw new Skip('this kernel has no DPCPU tdq');
      const offset = target.readU64(target.address('dpcpu_off'));
      const words = target.readWords(BigInt.asUintN(64, tdq.value + offset), tdq.size / 4);
      // Its lock has a name once it is used.
      assert.equal(
        words.some((word) => word !== 0),
        isUle,
      );
    },
  },
  {
    fact: 'kvm_getpcpu(NULL): gives NULL and clears the cache',
    run(target) {
      assert.equal(target.c.kvm_getpcpu(null, 0), null);
      assert.equal(target.c.kvm_getmaxcpu(target.kd), target.maxCpus);
    },
  },
  {
    fact: 'kvm_dpcpu_setcpu: 0 for a CPU that exists, "not found" and "too big" for others',
    run(target) {
      assert.equal(target.c.kvm_dpcpu_setcpu(target.kd, 0), 0, target.error());
      assert.equal(target.c.kvm_dpcpu_setcpu(target.kd, target.maxCpus), -1);
      assert.match(target.error(), new RegExp(`CPU ${target.maxCpus} too big`));
      if (target.maxId + 1 === target.maxCpus) throw new Skip('every id up to mp_maxcpus exists');
      assert.equal(target.c.kvm_dpcpu_setcpu(target.kd, target.maxId + 1), -1);
      assert.match(target.error(), new RegExp(`CPU ${target.maxId + 1} not found`));
    },
  },
  {
    fact: 'kvm_dpcpu_setcpu: kvm_nlist then finds the DPCPU symbol of that CPU, dpcpu_off[cpu] from its entry',
    run(target) {
      const entry = target.kldsym('pcpu_entry_nws');
      if (entry === undefined) throw new Skip('this kernel has no DPCPU nws');
      const offsets = target.address('dpcpu_off');
      for (let id = 0; id <= target.maxId; id++) {
        const offset = target.readU64(offsets + BigInt(8 * id));
        if (offset === 0n) continue;
        assert.equal(target.c.kvm_dpcpu_setcpu(target.kd, id), 0, target.error());
        const { missing, list } = target.nlist(['_nws']);
        assert.equal(missing, 0);
        assert.equal(BigInt.asUintN(64, BigInt(list[0]!.n_value)), BigInt.asUintN(64, entry.value + offset));
      }
    },
  },
  {
    fact: 'zpcpu: the sums over 0 to mp_maxid at pointer + bias + page size × cpu agree with their sysctls',
    run(target) {
      for (const { sysctl, offset } of BUSY)
        bracket(target, sysctl, () => target.directSum(target.pointer('vm_cnt', offset)));
    },
  },
  {
    fact: 'zpcpu: a pointer is not zero and its copies are aligned to 8 bytes',
    run(target) {
      for (const { offset } of BUSY) {
        const pointer = target.pointer('vm_cnt', offset);
        assert.notEqual(pointer, 0n);
        assert.equal((pointer + target.bias) % 8n, 0n);
      }
    },
  },
  {
    fact: 'zpcpu: the pages of a slab follow each other, so one kvm_read covers a counter on all CPUs',
    run(target) {
      const pointer = target.pointer('vm_cnt', SWITCHES.offset);
      const words = new BigUint64Array((target.maxId * target.pageSize) / 8 + 1);
      bracket(target, SWITCHES.sysctl, () => {
        const address = BigInt.asUintN(64, pointer + target.bias);
        assert.equal(target.c.kvm_read(target.kd, address, words, words.byteLength), words.byteLength, target.error());
        let sum = 0n;
        for (let id = 0; id <= target.maxId; id++) sum += words[(id * target.pageSize) / 8]!;
        return BigInt.asUintN(64, sum);
      });
    },
  },
  {
    fact: "kvm_read_zpcpu: CPU 0's copy is the direct one",
    run(target) {
      const pointer = target.pointer('vm_cnt', SWITCHES.offset);
      const before = target.direct(pointer, 0);
      const { count, value } = target.zpcpu(pointer, 0);
      assert.equal(count, 8);
      assert.ok(before <= value && value <= target.direct(pointer, 0));
    },
  },
  {
    fact: 'kvm_read_zpcpu: strides by sizeof(struct pcpu): right on amd64, wrong on arm64 from CPU 1 on',
    run(target) {
      if (target.maxId === 0) throw new Skip('there is one CPU only');
      const pointer = target.pointer('vm_cnt', SWITCHES.offset);
      const before = target.direct(pointer, 1);
      const { value } = target.zpcpu(pointer, 1);
      const right = before <= value && value <= target.direct(pointer, 1);
      assert.equal(right, target.arch === 'amd64', `CPU 1: kvm_read_zpcpu ${value}, direct ${before}`);
    },
  },
  {
    fact: 'kvm_read_zpcpu: a CPU above mp_maxid is not refused',
    run(target) {
      assert.equal(target.zpcpu(target.pointer('vm_cnt', SWITCHES.offset), target.maxId + 1).count, 8);
    },
  },
  {
    fact: 'kvm_counter_u64_fetch: agrees with the sysctls where the stride is right and the ids have no holes',
    run(target) {
      if (target.arch !== 'amd64') throw new Skip(`the stride is wrong on ${target.arch}`);
      if (target.maxId >= target.ncpus) throw new Skip('the ids have holes');
      for (const { sysctl, offset } of BUSY)
        bracket(target, sysctl, () => target.fetch(target.pointer('vm_cnt', offset)));
    },
  },
  {
    fact: 'kvm_counter_u64_fetch: an error looks like a counter that is 0',
    run(target) {
      assert.equal(target.fetch(UNMAPPED), 0n);
      assert.match(target.error(), /Bad address/);
    },
  },
  {
    fact: 'kvm_counter_u64_fetch(0): with a bias it is no error, and not 0',
    run(target) {
      if (target.bias === 0n) throw new Skip('this kernel has no bias');
      assert.notEqual(target.fetch(0n), 0n);
    },
  },
  {
    fact: 'gauges: v_wire_count is the sum of signed parts',
    run(target) {
      // Page counts move both ways, so a bracket does not hold them exactly.
      const offset = wireCountOffset(target);
      const sum = Number(BigInt.asIntN(64, target.directSum(target.pointer('vm_cnt', offset))));
      const told = target.sysctl('vm.stats.vm.v_wire_count').readUInt32LE();
      assert.ok(Math.abs(sum - told) <= 0.05 * told + 64, `sum ${sum}, sysctl ${told}`);
    },
  },
  {
    fact: 'tcpstat: as many pointers as net.inet.tcp.stats has words, and the symbol has as many bytes',
    run(target) {
      const told = target.sysctl('net.inet.tcp.stats');
      const symbol = target.kldsym('vnet_entry_tcpstat');
      if (symbol === undefined) throw new Skip('this kernel has no VNET tcpstat');
      assert.equal(symbol.size, told.length);
    },
  },
  {
    fact: 'tcpstat: each sum lies between two looks at net.inet.tcp.stats',
    run(target) {
      const before = target.sysctl('net.inet.tcp.stats');
      const sums: bigint[] = [];
      for (let offset = 0; offset < before.length; offset += 8)
        sums.push(target.directSum(target.pointer('tcpstat', offset)));
      const after = target.sysctl('net.inet.tcp.stats');
      sums.forEach((sum, index) => {
        assertBetween(before.readBigUInt64LE(8 * index), sum, after.readBigUInt64LE(8 * index), `word ${index}`);
      });
    },
  },
  {
    fact: 'kldsym: an unknown name is ENOENT, and a wrong version is refused',
    run(target) {
      assert.equal(target.kldsym('kcounter_no_such_symbol'), undefined);
      assert.equal(koffi.errno(), koffi.os.errno['ENOENT']);
      assert.equal(target.kldsym('mp_maxid', 1), undefined);
    },
  },
  {
    fact: 'kldsym: tells the size of an object',
    run(target) {
      assert.equal(target.kldsym('mp_maxid')?.size, 4);
    },
  },
  {
    fact: 'kldnext: begins with the kernel itself, where mp_maxid is',
    run(target) {
      const first = target.c.kldnext(0);
      assert.ok(first > 0);
      const lookup = { version: 32, symname: 'mp_maxid', symvalue: 0, symsize: 0 };
      assert.equal(target.c.kldsym(first, 1, lookup), 0);
    },
  },
  {
    fact: 'kldstat: tells where the kernel was loaded from, which is kern.bootfile',
    run(target) {
      const bootfile = target.sysctl('kern.bootfile').toString('utf8').replace(/\0.*$/, '');
      assert.equal(target.path(target.c.kldnext(0)), bootfile);
    },
  },
  {
    fact: 'sysctlbyname: kern.boottime is a struct timeval of 16 bytes, in the past',
    run(target) {
      const bytes = target.sysctl('kern.boottime');
      assert.equal(bytes.length, 16);
      const seconds = Number(bytes.readBigInt64LE(0));
      assert.ok(seconds > 1e9 && seconds <= Date.now() / 1000 + 1, `${seconds} s`);
    },
  },
  {
    fact: 'sysctlbyname: kern.smp.maxid is mp_maxid',
    run(target) {
      assert.equal(target.sysctl('kern.smp.maxid').readInt32LE(), target.maxId);
    },
  },
  {
    fact: 'sysctl: kern.proc.pid is a struct kinfo_proc, whose ki_size is no less than what is in memory',
    run(target) {
      const bytesAt = (oid: readonly number[]): Buffer | undefined => {
        const into = Buffer.alloc(2 * PROCESS_BYTES);
        const length: [number] = [into.length];
        const result = target.c.sysctl(Int32Array.from(oid), oid.length, into, length, null, 0);
        return result === 0 ? into.subarray(0, length[0]) : undefined;
      };
      const mapped = mappedBytes({ bytesAt });
      if (mapped === undefined && process.platform === 'darwin')
        throw new Skip('a simulated kernel tells it on Linux only');
      assert.ok(mapped !== undefined && mapped >= process.memoryUsage.rss(), `${mapped} bytes`);
    },
  },
];

/** Bytes to the first five longs in a struct that lie between the two answers of kern.cp_times for its CPU; undefined where there are none. */
function cpTimePlace(words: Uint32Array, before: Buffer, after: Buffer): number | undefined {
  const bytes = Buffer.from(words.buffer);
  const modes = [0, 8, 16, 24, 32];
  for (let at = 0; at + 40 <= bytes.length; at += 8) {
    const isThere = modes.every((mode) => {
      const value = bytes.readBigUInt64LE(at + mode);
      return before.readBigUInt64LE(mode) <= value && value <= after.readBigUInt64LE(mode);
    });
    if (isThere) return at;
  }
  return undefined;
}

/** A sum that only grows, read between two looks at its sysctl, lies between what they say. */
function bracket(target: Target, sysctl: string, read: () => bigint): void {
  const before = target.sysctlU64(sysctl);
  const sum = read();
  assertBetween(before, sum, target.sysctlU64(sysctl), sysctl);
}

function assertBetween(before: bigint, value: bigint, after: bigint, what: string): void {
  assert.ok(before <= value && value <= after, `${what}: ${value} is not between ${before} and ${after}`);
}

/** Among the counters of vm_cnt the one whose sum is the sysctl's; its place in struct vmmeter differs between releases. */
function wireCountOffset(target: Target): number {
  const told = target.sysctl('vm.stats.vm.v_wire_count').readUInt32LE();
  let best = { offset: 0, distance: Infinity };
  for (let offset = 0; offset < 36 * 8; offset += 8) {
    const pointer = target.pointer('vm_cnt', offset);
    const sum = Number(BigInt.asIntN(64, target.directSum(pointer)));
    const distance = Math.abs(sum - told);
    if (distance < best.distance) best = { offset, distance };
  }
  return best.offset;
}
