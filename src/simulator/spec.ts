/** The value of `--simulate`: which kernel is simulated, and how big. */
import { closest, distance } from 'fastest-levenshtein';
import { HOST_INTERFACES } from './model/interfaces.js';
import { DEFAULT_JAILS } from './model/jails.js';
import { moduleNames, type ModuleName } from './model/files.js';
import { profileNames, type ProfileName } from './profiles.js';

export { profileNames, type ProfileName } from './profiles.js';

export interface SimulatorSpec {
  readonly profile: ProfileName;
  /** How many CPUs exist (`mp_ncpus`). */
  readonly cpus: number;
  /** How many made-up counters there are: `sim_counter_0` and so on. */
  readonly counters: number;
  /** Ids that no CPU has, below the highest one: `mp_maxid` is `cpus + absent.length - 1`. */
  readonly absent: readonly number[];
  /** What the kernel's file and its modules' tell of types. */
  readonly types: ToldTypes;
  /** How many interfaces the host has; jails have their own. */
  readonly interfaces: number;
  /** How many there are beside the host itself. */
  readonly jails: number;
  /** For how many more interfaces, and as many jails, there is room while it runs. */
  readonly spare: number;
  /** For how many more jails with a network stack of their own. */
  readonly vnets: number;
  /** How many malloc(9) types there are at boot; without it as many as model/mallocNames.ts has by name. */
  readonly mallocTypes?: number;
  /** How many UMA zones; without it as many as model/zoneNames.ts has by name. */
  readonly zones?: number;
  /** How many rules pf has, and ipfw; as many more there is room for while it runs. Without it as many as model/firewallRules.ts has, and no room. */
  readonly rules?: number;
  /** How many connections of TCP the host has. */
  readonly sockets?: number;
  /** How many sockets of the host listen. */
  readonly listeners?: number;
  /** How many interfaces of iflib(9) the host has beside the others. */
  readonly iflib?: number;
  /** Which modules are loaded from the start. */
  readonly modules?: readonly ModuleName[];
}

/**
 * `all`: as a GENERIC kernel's do; `partial`: no struct behind an array of counters, as where no variable is of it; `none`: nothing, as in a
 * kernel that was built without WITH_CTF.
 */
export const toldTypes = ['all', 'partial', 'none'] as const;
export type ToldTypes = (typeof toldTypes)[number];

/** The largest MAXCPU of the kernels that are simulated. */
const MAX_CPUS = 1024;
const MAX_COUNTERS = 100_000;
/** Their indexes are of 16 bits, and jails have some, too. */
const MAX_INTERFACES = 60_000;
const MAX_JAILS = 1000;
const DEFAULT_SPARE = 16;
const MAX_SPARE = 5000;
const DEFAULT_VNETS = 0;
/** Counters of one; of a network stack about. */
const INTERFACE_COUNTERS = 20;
const VNET_COUNTERS = 3100;
/** Counters times CPUs: 8 bytes each, held in memory while they are made. */
const MAX_COPIES = 20_000_000;
/** Zones times CPUs: 128 bytes each. */
const MAX_CACHES = 200_000;
const keys = [
  'cpus',
  'counters',
  'absent',
  'types',
  'interfaces',
  'jails',
  'spare',
  'vnets',
  'malloctypes',
  'zones',
  'rules',
  'sockets',
  'listeners',
  'iflib',
  'modules',
] as const;
/** Of malloc(9) types, and of UMA zones. */
const MOST_ELEMENTS = 1000;
const MOST_RULES = 10_000;
/** Counters of a rule of each kind, and of one that may come. */
const RULE_COUNTERS = 24;
/** About 600 bytes each. */
const MAX_SOCKETS = 200_000;
const MAX_LISTENERS = 10_000;
/** Their rings have 24 counters each. */
const MAX_IFLIB = 100;
/** How it is written. */
export const SIMULATOR_FORM =
  'PROFILE[,cpus=N][,counters=M][,absent=ID+ID][,types=all|partial|none][,interfaces=N][,jails=N][,spare=N][,vnets=N][,malloctypes=N][,zones=N][,rules=N][,sockets=N][,listeners=N][,iflib=N][,modules=NAME+NAME]';

/** Reads what SIMULATOR_FORM shows, such as `arm64-14,cpus=4,absent=3+5`; what is left out has a default. Throws an Error that says how to mend it. */
export function parseSimulatorSpec(text: string): SimulatorSpec {
  let profile: ProfileName = 'amd64-14';
  const given = new Map<string, string>();
  for (const [index, part] of text.split(',').entries()) {
    const equals = part.indexOf('=');
    if (equals < 0) {
      if (part === '' && text === '') break;
      if (index > 0) throw new Error(`"${part}" is not of the form KEY=VALUE; expected ${SIMULATOR_FORM}`);
      profile = oneOf('profile', profileNames, part);
      continue;
    }
    const key = part.slice(0, equals);
    if (!keys.includes(key as (typeof keys)[number])) {
      throw new Error(`unknown key "${key}"${didYouMean(key, keys)}; expected ${SIMULATOR_FORM}`);
    }
    if (given.has(key)) throw new Error(`"${key}" is given twice; leave one`);
    given.set(key, part.slice(equals + 1));
  }
  const cpus = parseCount('cpus', given.get('cpus') ?? '8', 1, MAX_CPUS);
  const counters = parseCount('counters', given.get('counters') ?? '0', 0, MAX_COUNTERS);
  const types = oneOf('types', toldTypes, given.get('types') ?? 'all');
  const interfaces = parseCount('interfaces', given.get('interfaces') ?? String(HOST_INTERFACES), 1, MAX_INTERFACES);
  const jails = parseCount('jails', given.get('jails') ?? String(DEFAULT_JAILS), 0, MAX_JAILS);
  const spare = parseCount('spare', given.get('spare') ?? String(DEFAULT_SPARE), 0, MAX_SPARE);
  const vnets = parseCount('vnets', given.get('vnets') ?? String(DEFAULT_VNETS), 0, MAX_JAILS);
  const network = { interfaces, jails, spare, vnets };
  return checkSimulatorSpec({
    profile,
    cpus,
    counters,
    absent: parseAbsent(given.get('absent')),
    types,
    ...network,
    ...elements('mallocTypes', given.get('malloctypes')),
    ...elements('zones', given.get('zones')),
    ...elements('rules', given.get('rules'), MOST_RULES),
    ...elements('sockets', given.get('sockets'), MAX_SOCKETS),
    ...elements('listeners', given.get('listeners'), MAX_LISTENERS),
    ...elements('iflib', given.get('iflib'), MAX_IFLIB),
    ...parseModules(given.get('modules')),
  });
}

/** Throws where the ids of `spec` do not fit each other; returns it with the absent ids sorted. */
export function checkSimulatorSpec(spec: SimulatorSpec): SimulatorSpec {
  const absent = [...new Set(spec.absent)].sort((a, b) => a - b);
  const maxId = spec.cpus + absent.length - 1;
  if (maxId >= MAX_CPUS) {
    throw new Error(`ids up to ${maxId} are needed, but ${MAX_CPUS - 1} is the highest; lower cpus`);
  }
  if (spec.counters * (maxId + 1) > MAX_COPIES) {
    throw new Error(
      `${spec.counters} counters on ${maxId + 1} CPUs are too many; with as many CPUs there can be ${Math.floor(MAX_COPIES / (maxId + 1))}`,
    );
  }
  if ((spec.interfaces + spec.spare) * INTERFACE_COUNTERS * (maxId + 1) > MAX_COPIES) {
    throw new Error(`${spec.interfaces} interfaces on ${maxId + 1} CPUs are too many`);
  }
  if ((spec.jails + spec.vnets) * VNET_COUNTERS * (maxId + 1) > MAX_COPIES) {
    throw new Error(`${spec.jails} jails on ${maxId + 1} CPUs are too many`);
  }
  const zones = spec.zones ?? 0;
  if (zones * (maxId + 1) > MAX_CACHES) {
    const most = Math.floor(MAX_CACHES / (maxId + 1));
    throw new Error(`${zones} zones on ${maxId + 1} CPUs are too many; with as many CPUs there can be ${most}`);
  }
  if ((spec.rules ?? 0) * RULE_COUNTERS * (maxId + 1) > MAX_COPIES) {
    throw new Error(`${spec.rules} rules on ${maxId + 1} CPUs are too many`);
  }
  for (const id of absent) {
    if (id < 1 || id >= maxId) {
      throw new Error(
        `CPU ${id} cannot be absent; ${spec.cpus} CPUs and ${absent.length} absent ids leave 1 to ${maxId - 1}`,
      );
    }
  }
  return { ...spec, absent };
}

function elements<Key extends string>(
  key: Key,
  text: string | undefined,
  most = MOST_ELEMENTS,
): Partial<Record<Key, number>> {
  if (text === undefined) return {};
  return { [key]: parseCount(key.toLowerCase(), text, 0, most) } as Partial<Record<Key, number>>;
}

function parseModules(text: string | undefined): Pick<SimulatorSpec, 'modules'> {
  if (text === undefined) return {};
  return { modules: [...new Set(text.split('+').map((name) => oneOf('module', moduleNames, name)))] };
}

function oneOf<Name extends string>(what: string, names: readonly Name[], text: string): Name {
  const found = names.find((name) => name === text);
  if (found !== undefined) return found;
  throw new Error(`unknown ${what} "${text}"${didYouMean(text, names)}; there are ${names.join(', ')}`);
}

function parseCount(key: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new Error(`${key}=${text} must be a whole number from ${least} to ${most}`);
}

function parseAbsent(text: string | undefined): number[] {
  if (text === undefined) return [];
  return text.split('+').map((id) => {
    if (/^\d{1,4}$/.test(id)) return Number(id);
    throw new Error(`absent=${text} must be CPU ids joined by +, such as absent=3+5`);
  });
}

function didYouMean(text: string, names: readonly string[]): string {
  const nearest = closest(text, [...names]);
  return distance(text, nearest) <= Math.max(2, text.length / 2) ? ` (did you mean "${nearest}"?)` : '';
}
