/** The jails of the simulated host, and what the struct of one holds. */
import type { Profile } from '../profiles.js';
import { prisonFlags, prisonState, tellsState } from './jailTypes.js';
import type { StructWriter } from './members.js';

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

/** All but its links to other jails. */
export function writePrison(
  built: StructWriter,
  { release, osrelease, osreldate }: Profile,
  jail: JailModel,
  vnet: bigint,
): void {
  const { persist, host, vnet: ownVnet, ip4, ip4User } = prisonFlags;
  const state = jail.isDying ? prisonState.dying : prisonState.alive;
  built.put({
    pr_id: jail.id,
    pr_ref: 2,
    pr_uref: jail.isDying ? 0 : 1,
    pr_flags: persist | host | (jail.hasVnet ? ownVnet : ip4 | ip4User),
    pr_vnet: vnet,
    pr_securelevel: -1,
    pr_enforce_statfs: jail.id === 0 ? 0 : 2,
    pr_devfs_rsnum: jail.id === 0 ? 0 : 5,
    pr_osreldate: osreldate,
    ...(tellsState(release) ? { pr_state: state } : {}),
  });
  built.text('pr_name', jail.name);
  built.text('pr_path', `/jails/${jail.name}`);
  built.text('pr_hostname', jail.id === 0 ? 'simulated' : `${jail.name}.example.org`);
  built.text('pr_hostuuid', '00000000-0000-0000-0000-000000000000');
  built.text('pr_osrelease', osrelease);
}
