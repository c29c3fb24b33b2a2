/** The jails of the simulated host. */

export interface JailModel {
  /** `pr_id`. */
  readonly id: number;
  /** With its ancestors': `outer.inner`. */
  readonly name: string;
  /** Of the jail around it; 0 is the host. */
  readonly parent: number;
  /** Whether it has a network stack of its own, or its parent's. */
  readonly hasVnet: boolean;
  /** Removed, and held by something that is left of it, such as a connection. */
  readonly isDying: boolean;
}

export const DEFAULT_JAILS = 1;

/**
 * One jail is `j1`, two are it and `j1.inner`. With three there is also one that was `j1` before and is dying, and the fourth has no
 * network stack of its own.
 */
export function jailsOf(count: number): JailModel[] {
  const jails: JailModel[] = [];
  const add = (name: string, rest: Partial<JailModel> = {}): number => {
    const id = jails.length + 1;
    jails.push({ id, name, parent: 0, hasVnet: true, isDying: false, ...rest });
    return id;
  };
  if (count >= 3) add('j1', { isDying: true });
  if (count >= 1) {
    const outer = add('j1');
    if (count >= 2) add('j1.inner', { parent: outer });
  }
  while (jails.length < count) add(`j${jails.length + 1}`, { hasVnet: jails.length !== 3 });
  return jails;
}

/** How busy a vnet is: the host's, and those of the jails that have one, in the order in which they came. */
export interface VnetModel {
  /** What the names of its values begin with, which no symbol's does; empty for the host's. */
  readonly label: string;
  /** The part of the host's traffic that it has. */
  readonly scale: number;
  /** True where nothing moves any more. */
  readonly isStill: boolean;
  readonly jail: JailModel | undefined;
}

export function vnetsOf(jails: readonly JailModel[]): VnetModel[] {
  const own = jails.filter(({ hasVnet }) => hasVnet);
  return [
    { label: '', scale: 1, isStill: false, jail: undefined },
    ...own.map((jail, nth): VnetModel => {
      const label = nth === 0 ? 'jail:' : `jail${nth + 1}:`;
      return { label, scale: 1e-4 / (nth + 1), isStill: jail.isDying, jail };
    }),
  ];
}
