/** The hook of the simulated libkvm (src/simulator/native/hook.c) as a function of this process, called on the same thread. */
import koffi from 'koffi';

export const calls = {
  read: 1,
  readZpcpu: 2,
  fetch: 3,
  nlist: 4,
  getpcpu: 5,
  kldsym: 6,
  kldnext: 7,
  kldstat: 8,
  sysctl: 9,
  sysctlNumber: 10,
} as const;
export type CallName = keyof typeof calls;
const callNames = Object.keys(calls) as CallName[];

export const phases = ['before', 'middle', 'after'] as const;
export type Phase = (typeof phases)[number];

/** What is to happen to a call, as kvmsim.h numbers it; the argument is an errno, a number of bytes or a result. */
const faultKinds = { fail: 1, mute: 2, short: 3, count: 4, split: 5 } as const;
export interface Fault {
  readonly kind: keyof typeof faultKinds;
  readonly argument: number;
}

/** Told of a call; its answer counts before the call only. */
export type Hook = (call: CallName, address: bigint, length: number, phase: Phase) => Fault | undefined;

const prototype = koffi.pointer(
  koffi.proto('int64_t kvmsim_hook_t(int call, uint64_t address, uint64_t length, int phase)'),
);

/** Puts `hook` into the library until the function that is returned is called. */
export function installHook(library: string, hook: Hook): () => void {
  const setHook = koffi.load(library).func('kvmsim_set_hook', 'void', [prototype]);
  const callback = koffi.register(
    (call: number, address: number | bigint, length: number | bigint, phase: number): bigint => {
      const fault = hook(callNames[call - 1]!, BigInt(address), Number(length), phases[phase]!);
      return fault === undefined ? 0n : BigInt(faultKinds[fault.kind]) | (BigInt(fault.argument) << 8n);
    },
    prototype,
  );
  setHook(callback);
  return () => {
    setHook(null);
    koffi.unregister(callback);
  };
}
