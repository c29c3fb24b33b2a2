/** Names as kvm_nlist(3) resolves them. */
import type { Facts } from '../facts.js';
import type { Handle } from './handle.js';

export class Nlist {
  constructor(
    private readonly handle: Handle,
    private readonly facts: Pick<Facts, 'cpus'>,
  ) {}

  /**
   * What kvm_nlist(3) makes of `name`: a plain symbol, else the VNET one of this process's vnet, else the DPCPU one of the CPU chosen
   * with selectCpu(). Undefined where it is not found. It leaks memory in FreeBSD 12, so it is asked once, never in a scrape.
   */
  find(name: string): bigint | undefined {
    // One leading underscore is stripped, as compilers of old put it there. A miss need not zero what came in.
    const entry = { n_name: `_${name}`, n_type: 0, n_other: 0, n_desc: 0, n_value: 0 };
    const end = { n_name: null, n_type: 0, n_other: 0, n_desc: 0, n_value: 0 };
    // What is found takes the place of what came in.
    const list = [entry, end];
    const { c, kd } = this.handle;
    const missing = c.kvm_nlist(kd, list);
    if (missing < 0) throw this.handle.failure('kvm_nlist');
    const [found = end] = list;
    return missing === 0 && found.n_type !== 0 ? BigInt.asUintN(64, BigInt(found.n_value)) : undefined;
  }

  /** Makes `cpu` the one whose copies find() finds for DPCPU symbols, with kvm_dpcpu_setcpu(3). Throws KvmError, or RangeError for no CPU. */
  selectCpu(cpu: number): void {
    if (!this.facts.cpus.includes(cpu)) throw new RangeError(`there is no CPU ${cpu}`);
    const { c, kd } = this.handle;
    if (c.kvm_dpcpu_setcpu(kd, cpu) !== 0) throw this.handle.failure('kvm_dpcpu_setcpu');
  }
}
