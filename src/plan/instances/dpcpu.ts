/** A DPCPU object, which is there once for each CPU (DPCPU_DEFINE of <sys/pcpu.h>): the copies themselves, without pointers. */
import { NoDataError } from '../../kernel/errors.js';
import { copiesOf, inItsModule, type InstanceKind } from './instance.js';

/**
 * What only one scheduler keeps, by symbol. Since FreeBSD 16 a kernel has the objects of all its schedulers, and uses those of the one that it
 * was booted with: the others stay 0, which is no value.
 */
const SCHEDULER_OF: Readonly<Record<string, string>> = { tdq: 'ULE' };

export const dpcpu: InstanceKind = {
  find({ symbol }, { facts, symbols }) {
    const scheduler = Object.hasOwn(SCHEDULER_OF, symbol) ? SCHEDULER_OF[symbol] : undefined;
    const found = copiesOf(symbols.resolveDpcpu(symbol));
    if (found === undefined || scheduler === undefined || scheduler === facts.scheduler) return found;
    throw new NoDataError(
      'sysctlbyname',
      `kern.sched.name is ${facts.scheduler ?? 'not told'}: only ${scheduler} keeps ${symbol}`,
    );
  },
  stillThere: inItsModule,
};
