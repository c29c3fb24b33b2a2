/** The rules, tables and interfaces of the simulated host's packet filters, and how busy they are. */
import type { PfRulesetName } from './pfTypes.js';
import type { CpuClass } from './traffic.js';

export interface PfRuleModel {
  /** The path of the anchor that it is in; empty for the main one. */
  readonly anchor: string;
  readonly ruleset: PfRulesetName;
  readonly labels: readonly string[];
  /** Packets a second, in and out; a rule is evaluated more often than it matches. */
  readonly rates: readonly [into: number, out: number];
  /** How many states it has. */
  readonly states: number;
  readonly action: number;
  /** The path of the anchor that it calls. */
  readonly calls?: string;
}

/** `PF_PASS`, `PF_DROP`, `PF_SCRUB`, `PF_NAT`, `PF_RDR` of <netpfil/pf/pf.h>. */
export const pfActions = { pass: 0, drop: 1, scrub: 2, nat: 4, rdr: 8 } as const;

function rule(
  place: string,
  labels: readonly string[],
  action: keyof typeof pfActions,
  rates: PfRuleModel['rates'],
  rest: Partial<PfRuleModel> = {},
): PfRuleModel {
  const slash = place.lastIndexOf(':');
  const ruleset = place.slice(slash + 1) as PfRulesetName;
  return { anchor: place.slice(0, slash), ruleset, labels, rates, states: 0, action: pfActions[action], ...rest };
}

/** Anchors, those around others first. */
export const pfAnchorPaths = ['blacklistd', 'blacklistd/22', 'ftp-proxy', 'relayd', 'relayd/web'] as const;

const own: readonly PfRuleModel[] = [
  rule(':scrub', [], 'scrub', [9_000, 0]),
  rule(':nat', ['nat'], 'nat', [0, 310]),
  rule(':rdr', [], 'rdr', [12, 0]),
  rule(':filter', ['default deny'], 'drop', [7, 0.1]),
  rule(':filter', [], 'pass', [40, 40]),
  rule(':filter', [], 'pass', [800, 700], { calls: 'relayd' }),
  // One line of pf.conf for two address families.
  rule(':filter', ['ssh'], 'pass', [3, 2], { states: 6 }),
  rule(':filter', ['ssh'], 'pass', [0.4, 0.3], { states: 1 }),
  rule(':filter', ['web', 'public', 'tcp'], 'pass', [7_100, 8_800], { states: 950 }),
  rule(':filter', ['out'], 'pass', [900, 1_100], { states: 340 }),
  rule(':filter', ['bruteforce'], 'drop', [0, 0]),
  rule('blacklistd/22:filter', ['ssh'], 'drop', [0.2, 0]),
  rule('relayd/web:rdr', ['web'], 'rdr', [700, 0]),
  rule('relayd/web:filter', ['web'], 'pass', [700, 650], { states: 120 }),
  rule('relayd/web:filter', [], 'drop', [0, 0]),
];

/** @param count of which those beyond the usual ones filter, four of five of them in the main anchor */
export function pfRules(count = own.length): PfRuleModel[] {
  const more = Array.from({ length: Math.max(0, count - own.length) }, (_, nth) =>
    rule(nth % 5 === 4 ? 'ftp-proxy:filter' : ':filter', [`service ${nth % 100}`], nth % 7 === 0 ? 'drop' : 'pass', [
      nth % 3 === 0 ? 0.2 : 0,
      nth % 3 === 1 ? 0.1 : 0,
    ]),
  );
  return [...own, ...more];
}

/** Of a jail with a network stack of its own. */
export const jailPfRules: readonly PfRuleModel[] = [
  rule(':filter', ['jail'], 'drop', [0.3, 0]),
  rule(':filter', [], 'pass', [2, 2], { states: 3 }),
];

/** Interfaces that pf knows. */
export const pfInterfaceNames = ['mce0', 'mce1', 'lo0', 'lagg0', 'vlan7'];
/** Groups of them are in the same tree, and never count anything. */
export const pfGroupNames = ['all', 'lo', 'lagg', 'vlan', 'egress'];

export const pfTableModels: readonly {
  readonly name: string;
  readonly anchor: string;
  readonly addresses: number;
  readonly rate: number;
}[] = [
  { name: 'bogons', anchor: '', addresses: 4_120, rate: 11 },
  { name: 'bruteforce', anchor: '', addresses: 37, rate: 0.6 },
  { name: 'port22', anchor: 'blacklistd', addresses: 9, rate: 0.2 },
  { name: 'hosts', anchor: 'relayd/web', addresses: 4, rate: 0 },
];

/** Tables of the main anchor that are not there: pf has one for each that an anchor has, or names, to stand for it where the anchor has none. */
export const pfRootTables = ['hosts', 'port22'];

export const PACKET_BYTES = 640;
export const pfClass: CpuClass = 'rx';

export interface IpfwRuleModel {
  readonly number: number;
  readonly set: number;
  readonly rate: number;
}

const ipfwOwn: readonly IpfwRuleModel[] = [
  { number: 100, set: 0, rate: 44 },
  { number: 200, set: 0, rate: 0 },
  { number: 300, set: 0, rate: 0 },
  // Two rules may have one number.
  { number: 500, set: 0, rate: 310 },
  { number: 500, set: 3, rate: 0.4 },
  { number: 1000, set: 0, rate: 7_300 },
  { number: 65_000, set: 0, rate: 9 },
];

/** In their order, without the last one, which denies or allows all. */
export function ipfwRules(count = ipfwOwn.length): IpfwRuleModel[] {
  const more = Array.from({ length: Math.max(0, count - ipfwOwn.length) }, (_, nth) => ({
    number: 2000 + nth,
    set: nth % 4,
    rate: nth % 3 === 0 ? 0.3 : 0,
  }));
  const last = ipfwOwn.slice(-1);
  return [...ipfwOwn.slice(0, -1), ...more, ...last];
}
