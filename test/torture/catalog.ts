/**
 * What the torture's exporter is configured to publish, and where each value truly lies: said here without the exporter's own help.
 * Lists, whose elements come and go, have a torture of their own: test/scrape/changingList.test.ts.
 */
import type { CpuMode, EntryKind } from '../../src/config/model.js';
import type { ValueFormat } from '../../src/config/valueFormats.js';
import { pcpu } from '../../src/simulator/model/cpuTypes.js';
import { offsetOf, sizeOf } from '../../src/simulator/model/ctypes.js';
import { profileOf } from '../../src/simulator/profiles.js';
import type { SimulatorSpec } from '../../src/simulator/spec.js';
import type { Random } from './random.js';

/** `cell`: a pointer cell at `offset` of a symbol. `carp`: that of a member of carpstats, which a module has. `dpcpu`: an object. `pcpu`: each CPU's own struct. */
export type Where =
  | { readonly kind: 'cell'; readonly symbol: string; readonly offset: number }
  | { readonly kind: 'member'; readonly symbol: string; readonly member: string }
  | { readonly kind: 'carp'; readonly symbol: 'carpstats'; readonly member: string }
  | { readonly kind: 'dpcpu'; readonly symbol: string }
  | { readonly kind: 'pcpu'; readonly symbol: 'pcpu' };

/** One value and the series that it must be published as. */
export interface Published {
  /** Of the sum, with the prefix and labels, as it stands in the document; and of a CPU's part up to the CPU's number. */
  readonly sum: string;
  readonly part: string;
  readonly mode: CpuMode;
  readonly where: Where;
  /** Bytes from the start of a CPU's copy. */
  readonly offset: number;
  readonly format: ValueFormat;
  /** False where an exporter may well refuse the entry. */
  readonly required: boolean;
}

export interface Catalog {
  readonly yaml: string;
  readonly published: readonly Published[];
}

const MODES: readonly CpuMode[] = ['sum', 'per_cpu', 'both', 'spread'];
const STATES = 'abcdefghijk'.split('');
const TCP_MEMBERS = ['connattempt', 'accepts', 'connects', 'sndtotal', 'sndbyte', 'rcvtotal', 'rcvbyte', 'rexmttimeo'];
export const CARP_MEMBERS = ['ipackets', 'badif', 'badttl', 'opackets', 'onomem', 'preempt'];
const ZPCPU_FIELDS: readonly (readonly [number, ValueFormat])[] = [
  [0, 'u64'],
  [16, 'i64'],
  [24, 'ptr'],
  [32, 'u32'],
  [36, 'i32'],
  [40, 'u16'],
  [42, 'i16'],
  [44, 'u8'],
  [45, 'i8'],
];
const DPCPU_FIELDS: readonly (readonly [number, ValueFormat])[] = [
  [0, 'u64'],
  [8, 'i64'],
  [16, 'u32'],
  [20, 'u16'],
];

/** Members of struct pcpu, none of which the simulated libkvm needs itself. */
const PCPU_FIELDS: readonly (readonly [string, ValueFormat])[] = [
  ['pc_curthread', 'ptr'],
  ['pc_switchtime', 'u64'],
  ['pc_switchticks', 'i32'],
];

/** Some of all that can be published, in some order, by types and by offsets. */
export function makeCatalog(random: Random, { counters, profile }: SimulatorSpec, reader: string): Catalog {
  const published: Published[] = [];
  const sections: Record<Exclude<EntryKind, 'list' | 'structures' | 'values' | 'interrupts'>, string[][]> = {
    counters: [],
    zpcpu: [],
    dpcpu: [],
    pcpu: [],
  };

  const add = (name: string, mode: CpuMode, where: Where, offset: number, format: ValueFormat, labels = ''): void => {
    const perCpu = name.endsWith('_total') ? `${name.slice(0, -6)}_per_cpu_total` : `${name}_per_cpu`;
    published.push({
      sum: `freebsd_${name}${labels === '' ? '' : `{${labels}}`}`,
      part: `freebsd_${perCpu}{${labels === '' ? '' : `${labels},`}cpu="`,
      mode,
      where,
      offset,
      format,
      required: true,
    });
  };

  for (let index = 0; index < counters; index++) {
    const symbol = `sim_counter_${index}`;
    const isCounter = random.chance(0.7);
    const mode = random.pick(MODES);
    const name = `t_sim_${index}${isCounter ? '_total' : ''}`;
    // With a help it is said by its offset, without one by its type.
    const help = random.chance(0.5) ? ', help: H.' : '';
    sections.counters.push([
      `- {symbol: ${symbol}, metric: ${name}, type: ${isCounter ? 'counter, peak: true' : 'gauge'}, cpu: ${mode}${help}}`,
    ]);
    add(name, mode, { kind: 'cell', symbol, offset: 0 }, 0, isCounter ? 'u64' : 'i64');
  }
  {
    const mode = random.pick(MODES);
    const members = TCP_MEMBERS.filter(() => random.chance(0.7));
    members.push('sndpack');
    sections.counters.push([
      `- {symbol: tcpstat, struct: tcpstat, metric: t_tcp_*_total, cpu: ${mode}, members: [${members.map((m) => `tcps_${m}`).join(', ')}]}`,
    ]);
    for (const member of members) {
      add(`t_tcp_${member}_total`, mode, { kind: 'member', symbol: 'tcpstat', member: `tcps_${member}` }, 0, 'u64');
    }
  }
  {
    const mode = random.pick(MODES);
    sections.counters.push([
      `- {symbol: tcps_states, length: 11, label: state, names: [${STATES.join(', ')}], metric: t_states, help: H., cpu: ${mode}}`,
    ]);
    STATES.forEach((state, index) => {
      add('t_states', mode, { kind: 'cell', symbol: 'tcps_states', offset: 8 * index }, 0, 'i64', `state="${state}"`);
    });
  }
  {
    const mode = random.pick(MODES);
    sections.counters.push([
      `- {symbol: carpstats, struct: carpstats, metric: t_carp_*_total, optional: true, cpu: ${mode}, members: [${CARP_MEMBERS.map((m) => `carps_${m}`).join(', ')}]}`,
    ]);
    for (const member of CARP_MEMBERS) {
      add(`t_carp_${member}_total`, mode, { kind: 'carp', symbol: 'carpstats', member: `carps_${member}` }, 0, 'u64');
    }
  }
  {
    const mode = random.pick(MODES);
    const lines = [`- symbol: sfstat`, `  type: counter`, `  cpu: ${mode}`, `  members:`];
    for (const index of [0, 1, 2, 5, 9]) {
      const place = random.chance(0.5) ? `index: ${index}` : `offset: ${8 * index}`;
      lines.push(`    - {${place}, metric: t_sf_${index}_total, help: H.}`);
      add(`t_sf_${index}_total`, mode, { kind: 'cell', symbol: 'sfstat', offset: 8 * index }, 0, 'u64');
    }
    sections.counters.push(lines);
  }
  const items: readonly (readonly [string, string, number])[] = [
    ['zp', 'sim_zpcpu', 0],
    ['za', 'sim_zpcpu_array', 0],
    ['zb', 'sim_zpcpu_array', 8],
  ];
  for (const [short, symbol, cell] of items) {
    const mode = random.pick(MODES);
    const fields = ZPCPU_FIELDS.filter(() => random.chance(0.7));
    if (fields.length === 0) continue;
    const lines = [`- symbol: ${symbol}`, `  size: 64`, `  offset: ${cell}`, `  cpu: ${mode}`, `  fields:`];
    for (const [offset, format] of fields) {
      lines.push(`    - {offset: ${offset}, format: ${format}, metric: t_${short}_${offset}, help: H.}`);
      add(`t_${short}_${offset}`, mode, { kind: 'cell', symbol, offset: cell }, offset, format);
    }
    sections.zpcpu.push(lines);
  }
  {
    const mode = random.pick(MODES);
    const lines = [`- symbol: sim_dpcpu`, `  size: 24`, `  cpu: ${mode}`, `  fields:`];
    for (const [offset, format] of DPCPU_FIELDS) {
      lines.push(`    - {offset: ${offset}, format: ${format}, metric: t_dp_${offset}, help: H.}`);
      add(`t_dp_${offset}`, mode, { kind: 'dpcpu', symbol: 'sim_dpcpu' }, offset, format);
    }
    sections.dpcpu.push(lines);
  }
  {
    const mode = random.pick(MODES);
    const where = { kind: 'pcpu', symbol: 'pcpu' } as const;
    const struct = pcpu(profileOf(profile));
    const byNames = random.chance(0.5);
    const lines = byNames ? ['- fields:'] : [`- size: ${sizeOf(struct)}`, '  fields:'];
    for (const [member, format] of PCPU_FIELDS) {
      const offset = offsetOf(struct, member);
      const place = byNames ? `name: ${member}` : `offset: ${offset}, format: ${format}`;
      lines.push(`    - {${place}, metric: t_${member}, help: H., cpu: ${mode}}`);
      add(`t_${member}`, mode, where, offset, format);
    }
    for (let index = 0; index < 5; index++) {
      const offset = offsetOf(struct, `pc_cp_time[${index}]`);
      if (!byNames) {
        lines.push(
          `    - {offset: ${offset}, format: u64, metric: t_mode_${index}_total, help: H., type: counter, cpu: ${mode}}`,
        );
        add(`t_mode_${index}_total`, mode, where, offset, 'u64');
      } else add('t_modes_total', mode, where, offset, 'u64', `index="${index}"`);
    }
    if (byNames) lines.push(`    - {name: pc_cp_time, metric: t_modes_total, help: H., type: counter, cpu: ${mode}}`);
    sections.pcpu.push(lines);
  }
  // An entry of 8 bytes on the pointer of one of 64: an exporter may refuse it by the types.
  const [, narrow, narrowCell] = random.pick(items);
  sections.zpcpu.push([
    `- symbol: ${narrow}`,
    `  size: 8`,
    `  offset: ${narrowCell}`,
    `  fields: [{offset: 0, format: u64, metric: t_narrow, help: H.}]`,
  ]);
  add('t_narrow', 'both', { kind: 'cell', symbol: narrow, offset: narrowCell }, 0, 'u64');
  published.push({ ...published.pop()!, required: false });
  const yaml = Object.entries(sections)
    .map(([section, entries]) => {
      const shuffled = entries.map((lines) => ({ lines, key: random.bits() })).sort((a, b) => a.key - b.key);
      return `${section}:\n${shuffled.flatMap(({ lines }) => lines.map((line) => `  ${line}`)).join('\n')}\n`;
    })
    .join('');
  return { yaml: `reader: ${reader}\n${yaml}`, published };
}
