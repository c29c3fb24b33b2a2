/** Pieces of memory that the image has ready for what comes while the kernel runs. */

/** What a piece of spare memory is for; `driver NAME` is not spare, but a driver's name. */
export type SpareName =
  | 'ifnet'
  | 'ifaddr'
  | 'queues'
  | 'index table'
  | 'prison'
  | 'vnet'
  | 'vnet data'
  | 'counter'
  | 'pf rule'
  | 'pf anchor'
  | 'pf interface'
  | 'pf table'
  | 'ipfw rule'
  | 'ipfw map'
  | 'pair'
  | `driver ${string}`;

export interface Spare {
  readonly name: SpareName;
  readonly address: bigint;
}
