/** Who captures packets on the simulated host. */

export interface CapturerModel {
  readonly pid: number;
  /** The place of the interface on the host's list; undefined where it is gone, and the descriptor not yet. */
  readonly nth: number | undefined;
  /** True where it only writes: it has no filter for what it would read. */
  readonly isWriter?: true;
  /** Packets a second: received, dropped, matched, written. */
  readonly rates: readonly [number, number, number, number];
}

export const capturers: readonly CapturerModel[] = [
  { pid: 512, nth: 1, rates: [2300, 0, 0.2, 0.05] },
  { pid: 4711, nth: 0, rates: [610_000, 12, 580_000, 0] },
  // One program may have several on one interface.
  { pid: 4711, nth: 0, rates: [610_000, 4000, 610_000, 0] },
  { pid: 4711, nth: 1, rates: [2300, 0, 2300, 0] },
  { pid: 890, nth: 1, isWriter: true, rates: [0, 0, 0, 30] },
  { pid: 77_001, nth: undefined, rates: [0, 0, 0, 0] },
];
