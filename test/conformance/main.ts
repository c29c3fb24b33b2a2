/**
 * Checks a libkvm and its kernel against the facts that the exporter builds on, a line each.
 *
 *   npm run test:conformance                              the simulated kernels, every profile
 *   LIBKVM=/lib/libkvm.so.7 npm run test:conformance      the running FreeBSD kernel, as root or in group kmem
 *
 * LIBKVM_LIBC, LIBKVM_EXECFILE and LIBKVM_COREFILE name other files than the base system's and the running kernel.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { baseSystemLibraries } from '../../src/kernel/libkvm/functions.js';
import { Simulator } from '../../src/simulator/simulator.js';
import { parseSimulatorSpec, profileNames } from '../../src/simulator/spec.js';
import { checks } from './checks.js';
import { Skip, Target } from './target.js';

function checkOne(libkvm: string): boolean {
  const { LIBKVM_LIBC, LIBKVM_EXECFILE, LIBKVM_COREFILE } = process.env;
  const target = new Target({
    libkvm,
    libc: LIBKVM_LIBC ?? baseSystemLibraries.libc,
    execfile: LIBKVM_EXECFILE ?? null,
    corefile: LIBKVM_COREFILE ?? null,
  });
  console.log(
    `# ${libkvm}: ${target.arch}, ${target.ncpus} CPUs, ids to ${target.maxId}, pages of ${target.pageSize} bytes`,
  );
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const check of checks) {
    const { fact } = check;
    try {
      check.run(target);
      count.passed++;
      console.log(`ok       ${fact}`);
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof Skip) {
        count.skipped++;
        console.log(`skipped  ${fact} (${message})`);
      } else {
        count.failed++;
        console.log(`NOT OK   ${fact}: ${message}`);
      }
    }
  }
  target.c.kvm_close(target.kd);
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  return count.failed === 0;
}

/** Each in a process of its own, since libkvm's caches are the process's. */
async function checkSimulated(spec: string): Promise<boolean> {
  const simulator = await Simulator.start(parseSimulatorSpec(spec));
  try {
    const { library, execfile, corefile } = simulator.source;
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url)], {
      stdio: 'inherit',
      env: {
        ...process.env,
        LIBKVM: library,
        LIBKVM_LIBC: library,
        LIBKVM_EXECFILE: execfile,
        LIBKVM_COREFILE: corefile,
      },
    });
    return status === 0;
  } finally {
    await simulator.close();
  }
}

const { LIBKVM } = process.env;
let good = true;
if (LIBKVM !== undefined) good = checkOne(LIBKVM);
else for (const profile of profileNames) good = (await checkSimulated(`${profile},cpus=4`)) && good;
process.exitCode = good ? 0 : 1;
