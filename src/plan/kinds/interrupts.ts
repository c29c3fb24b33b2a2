/** `interrupts`: the kernel's table of them, a counter and a name for each source, and on amd64 the sources themselves. */
import { WORD_BYTES } from '../../kernel/address.js';
import { plain } from '../instances/plain.js';
import { compileInterrupts } from '../lists/compileInterrupts.js';
import { ShapeError } from '../shapes.js';
import { placeInElement, type Kind } from './kind.js';

export const interrupts: Kind = {
  instances: plain,
  isCounter: false,
  shapeOf({ file, interrupts: value }) {
    if (value === undefined) throw new ShapeError('it is no table of interrupts');
    const plan = compileInterrupts(file, value);
    const own = { path: '', count: undefined, stride: WORD_BYTES };
    if (plan.sources !== undefined) {
      // What is published is the id that the CPU has of itself, in its struct pcpu.
      const { offset } = plan.sources.apics.cpu;
      const member = { ...own, offset, format: 'u32', access: { way: 'itself' } } as const;
      return { kind: 'value', member, interrupts: plan };
    }
    // The counter of stray interrupts follows that of all.
    if (value === 'stray') {
      const member = { ...own, offset: WORD_BYTES, format: 'u64', access: { way: 'itself' } } as const;
      return { kind: 'value', member, interrupts: plan };
    }
    // Some are of each CPU: whether a value has parts is for the instance to say.
    return { kind: 'value', member: { ...own, offset: 0, format: 'u64' }, interrupts: plan };
  },
  itemSize: () => WORD_BYTES,
  readsWhole: true,
  symbolSize: () => undefined,
  place: (offset, member, isByCpu) => placeInElement(offset, { ...member, access: { way: 'itself' } }, isByCpu),
  reach: () => WORD_BYTES,
  checkOffsets() {
    throw new ShapeError('interrupts go by the kernel’s types');
  },
};
