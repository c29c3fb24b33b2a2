/** Which kernel to open. */

/**
 * A kernel that stands in for a running one: one library has libkvm's calls, and kldsym(2), sysctl(3) and the like for the same kernel. So
 * no kernel's memory is ever read with what another one, the running one, says of its symbols.
 */
export interface StandIn {
  /** What it is, for people. */
  readonly origin: string;
  /** Path of the library. */
  readonly library: string;
  /** What kvm_openfiles(3) is given. */
  readonly execfile: string;
  readonly corefile: string;
}

/** Which kernel to open: the one that this process runs on, or one that stands in for it. */
export type RunningSource = 'live' | StandIn;
