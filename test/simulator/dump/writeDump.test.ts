/** Covers: src/simulator/dump/*.ts and native/{minidump,elf,dumps}.c, written apart from each other: what one wrote, the other reads. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import koffi from 'koffi';
import { offsetOf } from '../../../src/simulator/model/ctypes.js';
import { elfFileOf, linkerFile } from '../../../src/simulator/model/kernelTypes.js';
import { timehands, versionText } from '../../../src/simulator/model/identityTypes.js';
import { profileOf } from '../../../src/simulator/profiles.js';
import { profileNames } from '../../../src/simulator/spec.js';
import type { WrittenDump } from '../../../src/simulator/dump/writeDump.js';
import { nlistEntry, type Libkvm } from '../libkvm.js';
import { Dumped } from './dumped.js';

const PAGE = 4096;

function pageOf(address: bigint): bigint {
  return address - (address % BigInt(PAGE));
}

function textAt(kvm: Libkvm, address: bigint, most = 256): string {
  const bytes = kvm.read(address, most).bytes;
  return bytes.toString('latin1', 0, bytes.indexOf(0));
}

/** The size of the tables before the pages, from the header. */
function pagesAt(vmcore: string): number {
  const header = readFileSync(vmcore).subarray(0, 80);
  const isArm64 = header.toString('latin1', 0, 22).endsWith('arm64');
  const avail = header.readUInt32LE(24) < 3 ? 0 : header.readUInt32LE(isArm64 ? 72 : 64);
  return (
    PAGE + Math.ceil(header.readUInt32LE(28) / PAGE) * PAGE + avail + header.readUInt32LE(32) + header.readUInt32LE(36)
  );
}

for (const name of profileNames) {
  const profile = profileOf(name);
  describe(`a dump of ${name}`, () => {
    let dumped: Dumped;
    let dump: WrittenDump;
    let kvm: Libkvm;
    before(async () => {
      dumped = await Dumped.start(`${name},cpus=4,counters=3,absent=2`);
      dumped.simulator.image.loadModule('carp');
      dumped.simulator.image.loadModule('pf');
      dump = dumped.write();
      kvm = dumped.open(dump.vmcore);
    });
    after(async () => {
      kvm.close();
      await dumped.close();
    });

    it('has every page of memory as it was, but for what the panic changed', () => {
      const { image } = dumped.simulator;
      const mapped = new Set(image.mappedPages());
      const changed: bigint[] = [];
      for (const page of dump.pages) {
        const { count, bytes } = kvm.read(page, PAGE);
        assert.equal(count, PAGE, kvm.error());
        if (mapped.has(page) && !bytes.equals(image.read(page, PAGE))) changed.push(page);
      }
      for (const page of mapped) assert.ok(dump.pages.includes(page), page.toString(16));
      const expected = [
        ...['panicstr', 'dumptid', 'time_second'].map((symbol) => image.symbol(symbol)!.address),
        ...image.loadedFiles().map(({ object }) => object),
      ].map(pageOf);
      for (const page of changed) assert.ok(expected.includes(page), page.toString(16));
    });

    it('has no other page', () => {
      const { image } = dumped.simulator;
      const last = image.mappedPages().at(-1)! + BigInt(PAGE);
      for (const address of [0n, 0x1000n, last, image.copyAddress('sim_unmapped', 0, 0), 2n ** 63n]) {
        assert.equal(kvm.read(address).count, -1);
        assert.equal(kvm.error(), `invalid address (0x${address.toString(16)})`);
      }
      // Across the end of what is there: nothing at all, as in no running kernel.
      assert.equal(kvm.read(last - 8n, 16).count, -1);
      assert.equal(kvm.error(), `invalid address (0x${last.toString(16)})`);
    });

    it('tells which kernel it is of, and why it ended', () => {
      const word = (symbol: string): bigint => kvm.word(kvm.nlist(symbol)!);
      assert.equal(textAt(kvm, kvm.nlist('_version')!), versionText(profile));
      assert.equal(textAt(kvm, kvm.nlist('_kernelname')!, 1024), dumped.simulator.source.execfile);
      assert.equal(textAt(kvm, word('_panicstr'), 16), 'page fault');
      assert.equal(kvm.read(kvm.nlist('_osreldate')!, 4).bytes.readInt32LE(), profile.osreldate);
      const note = kvm.read(kvm.nlist('___build_id_start')!, 36).bytes;
      assert.equal(kvm.nlist('___build_id_end')! - kvm.nlist('___build_id_start')!, 36n);
      const file = readFileSync(dumped.simulator.source.execfile);
      assert.ok(file.includes(note));
      const boot = kvm.word(word('_timehands') + BigInt(offsetOf(timehands(profile), 'th_boottime.sec')));
      assert.equal(word('_time_second') - word('_time_uptime'), boot);
      const info = readFileSync(dump.info, 'utf8');
      assert.ok(info.includes(`  Version String: ${versionText(profile)}  Panic String: page fault\n`));
      assert.ok(info.includes(`  Architecture: ${profile.machineArch}\n`));
      assert.ok(info.includes(`  Dump Length: ${readFileSync(dump.vmcore).length}\n`));
    });

    it('has the symbols of the kernel, of its vnet and of each CPU, and none of modules', () => {
      const { image } = dumped.simulator;
      for (const symbol of ['vm_cnt', 'kmemstatistics', 'sim_counter_1', 'tcpstat', 'vnet_entry_ipstat']) {
        assert.equal(kvm.nlist(`_${symbol}`), image.symbol(symbol)!.address, symbol);
      }
      for (const cpu of [0, 1, 3]) {
        assert.equal(kvm.c.kvm_dpcpu_setcpu(kvm.kd, cpu), 0);
        const offset = kvm.word(kvm.nlist('_dpcpu_off')! + BigInt(8 * cpu));
        const nws = BigInt.asUintN(64, image.symbol('pcpu_entry_nws')!.address + offset);
        assert.equal(kvm.nlist('_nws'), nws);
      }
      assert.equal(kvm.c.kvm_dpcpu_setcpu(kvm.kd, 2), -1);
      assert.equal(kvm.error(), '_kvm_dpcpu_setcpu: CPU 2 not found');
      const list = ['_carp_mtx', '_mp_ncpus', '_carpstats', null].map((symbol) => nlistEntry(symbol, 9, 9));
      assert.equal(kvm.c.kvm_nlist(kvm.kd, list), 2);
      assert.deepEqual(
        list.slice(0, 3).map(({ n_value: value }) => BigInt(value)),
        [0n, image.symbol('mp_ncpus')!.address, 0n],
      );
    });

    it("reads per-CPU values with libkvm's own arithmetic", () => {
      const { image } = dumped.simulator;
      assert.equal(kvm.c.kvm_getncpus(kvm.kd), 4);
      assert.equal(kvm.c.kvm_getpcpu(kvm.kd, 2), null);
      const pointer = image.cell('tcpstat', 3);
      const first = image.copyAddress('tcpstat', 3, 0);
      const stride = profile.machine === 'amd64' ? 4096n : 512n;
      for (const cpu of [0, 1, 3]) {
        const { count, value } = kvm.readZpcpu(pointer, cpu);
        assert.equal(count, 8, kvm.error());
        assert.equal(value, image.read(first + stride * BigInt(cpu), 8).readBigUInt64LE());
      }
    });

    it("has each loaded file's symbols, which the kernel's linker keeps", () => {
      const { image } = dumped.simulator;
      const seen: string[] = [];
      let object = kvm.word(kvm.nlist('_linker_files')!);
      const file = linkerFile(profile.release);
      for (; object !== 0n; object = kvm.word(object + BigInt(offsetOf(file, 'link.tqe_next')))) {
        const at = (path: string): bigint => kvm.word(object + BigInt(offsetOf(file, path)));
        const filename = textAt(kvm, at('filename'));
        seen.push(filename);
        assert.equal(textAt(kvm, at('pathname')), join(dirname(dumped.simulator.source.execfile), filename));
        if (filename === 'kernel') continue;
        const type = elfFileOf(profile);
        const own = (member: string): bigint => kvm.word(object + BigInt(offsetOf(type, member)));
        assert.ok(at('size') >= 4096n);
        const strings = kvm.read(own('ddbstrtab'), Number(own('ddbstrcnt'))).bytes;
        const symbols = kvm.read(own('ddbsymtab'), 24 * Number(own('ddbsymcnt'))).bytes;
        const base = profile.machine === 'amd64' ? 0n : at('address');
        assert.equal(textAt(kvm, kvm.word(kvm.word(at('ops')))), profile.machine === 'amd64' ? 'elf64_obj' : 'elf64');
        let compared = 0;
        for (let entry = 24; entry < symbols.length; entry += 24, compared++) {
          const nameAt = symbols.readUInt32LE(entry);
          const symbol = strings.toString('latin1', nameAt, strings.indexOf(0, nameAt));
          assert.equal(symbols.readBigUInt64LE(entry + 8) + base, image.symbol(symbol)!.address, symbol);
        }
        assert.ok(compared > 1);
      }
      assert.deepEqual(seen, ['kernel', 'carp.ko', 'pf.ko']);
    });

    it('is walked page by page', () => {
      const library = koffi.load(dumped.simulator.source.library);
      const callback = koffi.proto('int (void *page, void *argument)');
      const walk = library.func('kvm_walk_pages', 'int', ['kvm_t *', koffi.pointer(callback), 'void *']);
      const told: bigint[] = [];
      const tell = koffi.register((page: unknown) => {
        const [, , address] = koffi.decode(page, koffi.array('uint64_t', 7)) as [unknown, unknown, number | bigint];
        if (BigInt(address) !== 0n) told.push(BigInt(address));
        return 1;
      }, koffi.pointer(callback));
      assert.equal(walk(kvm.kd, tell, null), 1);
      koffi.unregister(tell);
      const direct = profile.addresses.heap - (profile.addresses.heap % 0x100_0000_0000n);
      const mapped = dump.pages.filter((page) => page < direct || page > direct + 0x200_0000_0000n);
      assert.ok(told.length > 0);
      const isSuperpage = (page: bigint): boolean =>
        profile.machine === 'amd64' && page - (page % 0x20_0000n) === profile.addresses.kernel;
      for (const page of mapped) assert.ok(isSuperpage(page) || told.includes(page), page.toString(16));
      if (profile.machine === 'amd64') assert.ok(told.includes(profile.addresses.kernel));
    });

    it('lacks the pages that were left out', () => {
      const missing = dumped.simulator.image.symbol('tcpstat')!.address;
      const partial = dumped.write({ missing: [missing], missingPart: 0.3 });
      assert.ok(partial.missing.length > dump.pages.length / 5 && partial.missing.includes(pageOf(missing)));
      const other = dumped.open(partial.vmcore);
      for (const page of partial.missing) assert.equal(other.read(page).count, -1, page.toString(16));
      for (const page of partial.pages) {
        const { count, bytes } = other.read(page, PAGE);
        assert.equal(count, PAGE);
        const before = kvm.read(page, PAGE).bytes;
        if (!bytes.equals(before)) assert.equal(page, pageOf(dumped.simulator.image.symbol('time_second')!.address));
      }
      other.close();
    });

    it('is refused where it is damaged', () => {
      const path = join(dumped.folder, 'vmcore.damaged');
      const damaged = (change: (path: string) => void): string => {
        copyFileSync(dump.vmcore, path);
        change(path);
        return dumped.refusal(path);
      };
      const put = (at: number, bytes: Buffer) => (file: string) => {
        const whole = readFileSync(file);
        bytes.copy(whole, at);
        writeFileSync(file, whole);
      };
      const isAmd64 = profile.machine === 'amd64';
      assert.equal(damaged(put(0, Buffer.from('x'))), isAmd64 ? 'invalid core' : 'unsupported architecture');
      assert.equal(damaged(put(20, Buffer.from('x'))), 'not a minidump for this platform');
      assert.match(damaged(put(24, Buffer.from([9]))), /^wrong minidump version\. [eE]xpected 3 got 9$/);
      assert.equal(
        damaged((file) => {
          truncateSync(file, 40);
        }),
        'cannot read dump header',
      );
      assert.match(
        damaged((file) => {
          truncateSync(file, 0x1_a000);
        }),
        /^cannot read \d+ bytes for bitmap$/,
      );
      const tables = pagesAt(dump.vmcore) - PAGE;
      assert.match(
        damaged((file) => {
          truncateSync(file, tables);
        }),
        /^cannot read \d+ bytes from offset \d+ for page map$/,
      );
      assert.equal(
        damaged((file) => {
          truncateSync(file, 0);
        }),
        'empty file: Invalid argument',
      );
      assert.match(dumped.refusal(dump.vmcore, '/nonexistent'), /^\/nonexistent: No such file/);
      assert.equal(dumped.refusal(dump.vmcore, dump.info), 'kernel is not an ELF file');
      const module = join(dirname(dumped.simulator.source.execfile), 'pf.ko');
      assert.equal(dumped.refusal(dump.vmcore, module), 'unsupported architecture');
    });

    it('gives what is left of it where it ends early', () => {
      const path = join(dumped.folder, 'vmcore.short');
      copyFileSync(dump.vmcore, path);
      const start = pagesAt(path);
      truncateSync(path, start + 40 * PAGE + 100);
      const short = dumped.open(path);
      let whole = 0;
      for (const page of dump.pages) {
        const { count, bytes } = short.read(page, PAGE);
        if (count === PAGE) {
          whole++;
          assert.ok(bytes.equals(kvm.read(page, PAGE).bytes));
        } else assert.ok(count <= 100);
      }
      assert.ok(whole <= 40);
      short.close();
    });
  });
}

for (const name of ['amd64-14', 'arm64-14']) {
  describe(`a dump of a large ${name}`, () => {
    it('has superpages, and every page of them', async () => {
      const dumped = await Dumped.start(`${name},cpus=64,counters=100`);
      const { image } = dumped.simulator;
      const dump = dumped.write();
      const kvm = dumped.open(dump.vmcore);
      const counters = pageOf(image.copyAddress('sim_counter_5', 0, 0));
      const whole = counters - (counters % 0x20_0000n) + 0x20_0000n;
      const { count, bytes } = kvm.read(whole, 0x20_0000);
      assert.equal(count, 0x20_0000);
      assert.ok(bytes.equals(image.read(whole, 0x20_0000)));
      if (name === 'amd64-14') {
        // Its entry says so (PG_PS).
        const tables = pagesAt(dump.vmcore) - readFileSync(dump.vmcore).readUInt32LE(36);
        const at = tables + 8 * Number((whole - 0xffff_fe00_0000_0000n) / 0x20_0000n);
        assert.equal(readFileSync(dump.vmcore).readUInt32LE(at) & 0x80, 0x80);
      }
      kvm.close();
      await dumped.close();
    });
  });
}

describe('nlist(3) of a kernel file', () => {
  it('ends early where a name is there twice, and tells nobody', async () => {
    const dumped = await Dumped.start('amd64-14,cpus=2');
    const { execfile } = dumped.simulator.source;
    const dump = dumped.write();
    // Another symbol takes the name of the first.
    const bytes = readFileSync(execfile);
    const at = bytes.indexOf('\0mp_maxid\0', 0, 'latin1');
    assert.ok(at > 0);
    const fd = openSync(execfile, 'r+');
    writeSync(fd, Buffer.from('mp_ncpus'), 0, 8, at + 1);
    const kvm = dumped.open(dump.vmcore);
    const list = ['_mp_ncpus', '_vm_cnt', null].map((name) => nlistEntry(name));
    assert.equal(kvm.c.kvm_nlist(kvm.kd, list), 0);
    assert.equal(BigInt(list[1]!.n_value), 0n);
    kvm.close();
    await dumped.close();
  });
});

describe('a running kernel beside a dump', () => {
  it('is asked nothing where a test forbids it', async () => {
    const dumped = await Dumped.start('amd64-14,cpus=2');
    const { library, execfile, corefile } = dumped.simulator.source;
    const dump = dumped.write();
    const functions = new URL('../../../src/kernel/live/runningFunctions.js', import.meta.url).href;
    const script = `
      const { bindRunning } = await import(${JSON.stringify(functions)});
      const c = bindRunning({ libkvm: ${JSON.stringify(library)}, libc: ${JSON.stringify(library)} });
      const errbuf = Buffer.alloc(2048);
      c.kvm_openfiles(null, ${JSON.stringify(corefile)}, null, 0, errbuf);
      const kd = c.kvm_openfiles(${JSON.stringify(execfile)}, ${JSON.stringify(dump.vmcore)}, null, 0, errbuf);
      if (process.argv[1] === 'closed') c.kvm_close(kd);
      else if (c.kvm_getncpus(kd) !== 2) throw new Error('no CPUs');
      if (c.kldnext(0) !== 1) throw new Error('no files');`;
    const outcome = (
      state: string,
      forbidden: boolean,
    ): { status: number | null; signal: string | null; stderr: string } =>
      spawnSync(process.execPath, ['--input-type=module', '-e', script, state], {
        encoding: 'utf8',
        env: { ...process.env, ...(forbidden ? { KVMSIM_NO_ASK: '1' } : {}) },
      });
    assert.equal(outcome('open', false).status, 0);
    assert.equal(outcome('closed', true).status, 0);
    const { signal, stderr } = outcome('open', true);
    assert.equal(signal, 'SIGABRT', stderr);
    assert.match(stderr, /kldnext asks the running kernel while a crash dump is open/);
    await dumped.close();
  });
});
