/** A sysctl(3) node of the simulated kernel: what it tells, and from where. */
import type { StreamKind } from '../format.js';
import type { FileName } from '../model/files.js';
import type { InterfaceNode } from './interfaceSysctls.js';

export type SysctlNode =
  | { readonly name: string; readonly kind: 'constant'; readonly bytes: Buffer }
  /** `count` bytes at an address; a lie is added to `width` of them. */
  | {
      readonly name: string;
      readonly kind: 'memory';
      readonly source: bigint;
      readonly count: number;
      readonly width?: 8;
    }
  /** The sums of `count` counters whose cells begin at an address, `width` bytes each. */
  | {
      readonly name: string;
      readonly kind: 'counters';
      readonly source: bigint;
      readonly count: number;
      readonly width: 4 | 8;
      /** Of a module's node: which module's, and where the cells begin at its second place. */
      readonly module?: { readonly file: FileName; readonly second: bigint };
    }
  /** Each id's time by mode, which lies so many bytes from the start of its struct pcpu; `count` words in all. */
  | { readonly name: string; readonly kind: 'cpuTimes'; readonly source: bigint; readonly count: number }
  | InterfaceNode
  | StreamNode;

/** What a walk makes that begins at an address. `layout` is what it has to know, in the order of the struct of that name in native/. */
export interface StreamNode {
  readonly name: string;
  readonly kind: StreamKind;
  readonly source: bigint;
  readonly layout: readonly number[];
}
