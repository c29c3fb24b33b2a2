/** Why nothing, or not all, of an entry is published. */
export interface Unresolved {
  readonly reason: string;
  /** True where no loaded file has the symbol, or not with this size: for an optional entry that is no fault. */
  readonly absent: boolean;
}
