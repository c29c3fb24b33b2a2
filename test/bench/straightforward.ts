/**
 * The straightforward way to write such an exporter, to compare with: each counter and CPU is read by a call of its own, prom-client keeps
 * and renders the values, express serves them, and zlib packs them in its thread pool. Plain, but nothing in it is slow on purpose: the
 * symbols are looked up once, calls share a buffer, and labels are made once.
 */
import express from 'express';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Counter, Registry } from 'prom-client';
import { bindRunning } from '../../src/kernel/live/runningFunctions.js';
import { announce, cpuMicroseconds, fromEnvironment } from './environment.js';

const libkvm = fromEnvironment('BENCH_LIBKVM');
const c = bindRunning({ libkvm, libc: libkvm });
const errbuf = Buffer.alloc(2048);
const kd = c.kvm_openfiles(fromEnvironment('BENCH_EXECFILE'), fromEnvironment('BENCH_COREFILE'), null, 0, errbuf);
if (kd === null) throw new Error(errbuf.toString('latin1'));

const register = new Registry();
const buffer = Buffer.alloc(8);
const ncpus = c.kvm_getncpus(kd);
const cpuLabels = Array.from({ length: ncpus }, (_, cpu) => ({ cpu: String(cpu) }));

for (const line of readFileSync(fromEnvironment('BENCH_COUNTERS'), 'utf8').trimEnd().split('\n')) {
  const [symbol, name, perCpuName, help] = line.split('\t') as [string, string, string, string];
  const base = readPointer(symbol);
  new Counter({
    name,
    help,
    registers: [register],
    collect() {
      this.reset();
      this.inc(Number(c.kvm_counter_u64_fetch(kd, base)));
    },
  });
  new Counter({
    name: perCpuName,
    help,
    labelNames: ['cpu'],
    registers: [register],
    collect() {
      this.reset();
      for (const [cpu, labels] of cpuLabels.entries()) {
        if (c.kvm_read_zpcpu(kd, base, buffer, 8, cpu) !== 8) throw new Error(c.kvm_geterr(kd));
        this.inc(labels, Number(buffer.readBigUInt64LE()));
      }
    },
  });
}

function readPointer(symbol: string): bigint {
  const none = { n_type: 0, n_other: 0, n_desc: 0, n_value: 0 };
  const list = [
    { n_name: `_${symbol}`, ...none },
    { n_name: null, ...none },
  ];
  if (c.kvm_nlist(kd!, list) !== 0) throw new Error(`there is no ${symbol}`);
  if (c.kvm_read(kd!, BigInt(list[0]!.n_value), buffer, 8) !== 8) throw new Error(c.kvm_geterr(kd!));
  return buffer.readBigUInt64LE();
}

const app = express();
app.get('/metrics', async (request, response) => {
  const body = await register.metrics();
  response.set('Content-Type', register.contentType);
  if (request.acceptsEncodings('gzip') === 'gzip') {
    response.set('Content-Encoding', 'gzip').end(await promisify(gzip)(body, { level: 1 }));
  } else {
    response.end(body);
  }
});
app.get('/usage', (_request, response) => {
  response.end(cpuMicroseconds());
});
const server = app.listen(0, '127.0.0.1', () => {
  announce(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
