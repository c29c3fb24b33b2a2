/**
 * How the sockets that listen are found among all of a protocol, in bytes: each has a control block (struct inpcb, struct unpcb), which is in a hash
 * or on a list, and which the socket points back to.
 */

/** Bytes of a control block or of a socket. */
export interface Part {
  readonly offset: number;
  readonly size: number;
}

/** What is read of one of them. */
export interface Span {
  readonly from: number;
  readonly length: number;
}

/** `table`: at the symbol are a pointer to an array of chains' heads, and one less than their number. `list`: it is one chain's head. */
export type Search =
  { readonly kind: 'table'; readonly base: number; readonly mask: number } | { readonly kind: 'list' };

/** What the labels are made of. `inet`: of inp_vflag, the port and the address. `local`: of the struct sockaddr_un that a pointer leads to. */
export type Name =
  | {
      readonly kind: 'inet';
      /** What `4`, `6` or `46` comes after in the label `protocol`. */
      readonly protocol: string;
      readonly flags: number;
      readonly port: number;
      readonly address4: number;
      readonly address6: number;
    }
  | { readonly kind: 'local'; readonly address: number };

export interface SocketPlan {
  readonly search: Search;
  /** Further symbols with such lists. */
  readonly alsoAt: readonly string[];
  readonly pcb: {
    readonly span: Span;
    /** Of its link in the chain: the pointer to the next, and that to what points to it. */
    readonly next: number;
    readonly previous: number;
    readonly socket: number;
    /** What is 0 in those of sockets that listen. */
    readonly zero: readonly Part[];
    /** The pointer to the symbol; undefined where there is none. */
    readonly owner: number | undefined;
    /** What stays as it is while it is the same, `zero` and the pointers included. */
    readonly same: readonly Part[];
  };
  readonly socket: {
    readonly span: Span;
    readonly pcb: number;
    readonly options: number;
    readonly same: readonly Part[];
  };
  readonly name: Name;
  /** Series of one metric that are published at most. */
  readonly limit: number;
}

/** Of `so_options`: the socket listens, and only then its accept queue is one: it shares its place with the buffers of connections. */
export const SO_ACCEPTCONN = 2;
