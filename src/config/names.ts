/** What Prometheus, promtool's linter and this exporter allow as names and texts. Each check gives the end of a message, or undefined. */
import { DPCPU_PREFIX, VNET_PREFIX } from '../kernel/symbols.js';
import { describe, quote } from '../yaml/diagnostics.js';
import { MAX_HELP_LENGTH, MAX_LABEL_VALUE_LENGTH, MAX_NAME_LENGTH } from './limits.js';
import type { MetricType } from './model.js';

/** Names of metrics (but for the colons of recording rules), of labels, and of symbols in C. */
export const IDENTIFIER = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A metric's name in which `*` may stand for the member's. */
export const TEMPLATE = /^[a-zA-Z_*][a-zA-Z0-9_*]*$/;

/** The index of an array's element. */
export const INDEX = /^(0|[1-9][0-9]{0,8})$/;

/**
 * A member of a struct, `outer.inner` where that is in a struct of its own; with the `*` and `?` of globs, or of an array one element:
 * `inner[3]`, or `outer[3].inner` where it is an array of structs.
 */
export const MEMBER =
  /^[a-zA-Z_*?][a-zA-Z0-9_*?]*(\.[a-zA-Z_*?][a-zA-Z0-9_*?]*)*(\[(0|[1-9][0-9]{0,4})\](\.[a-zA-Z_*?][a-zA-Z0-9_*?]*)*)?$/;

/** A member by its name alone. */
export const MEMBER_PATH = /^[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)*$/;

/** The exporter's own metrics. */
const OWN_PREFIX = 'kcounter_exporter_';

/** Endings by which Prometheus, OpenMetrics and promtool tell other types, or that only name the type. */
export const CLAIMED_SUFFIXES = [
  '_bucket',
  '_count',
  '_sum',
  '_info',
  '_created',
  '_gcount',
  '_gsum',
  '_counter',
  '_gauge',
  '_histogram',
  '_summary',
];

/** Labels with a meaning of their own: those of the per-CPU parts and of what is told of them together, and of histograms and summaries. */
const RESERVED_LABELS = ['cpu', 'stat', 'le', 'quantile'];

const CONTROL_CHARACTERS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

export function isIdentifier(name: string): boolean {
  return IDENTIFIER.test(name) && name.length <= MAX_NAME_LENGTH;
}

function identifierProblem(name: string, written = name): string | undefined {
  if (!IDENTIFIER.test(name)) {
    return `found ${describe(written)}, expected ASCII letters, digits and underscores, with no digit first`;
  }
  if (name.length > MAX_NAME_LENGTH) {
    return `found a name of ${name.length} characters, expected at most ${MAX_NAME_LENGTH}`;
  }
  return undefined;
}

/**
 * What is wrong with a metric's name, without the prefix, that was written by hand or made.
 *
 * @param type undefined where it is not known because it was wrong itself
 * @param written what the message shows, where it is not the name itself
 */
export function metricProblem(
  metric: string,
  prefix: string,
  type: MetricType | undefined,
  written = metric,
): string | undefined {
  if (metric.includes(':')) return `found ${describe(written)}, expected no colon: those are for recording rules`;
  const problem = identifierProblem(metric, written);
  if (problem !== undefined) return problem;
  if ((prefix + metric).startsWith(OWN_PREFIX)) {
    return `found ${describe(written)}, expected another name: those that begin with ${quote(OWN_PREFIX)} are the exporter's own`;
  }
  if (type === 'counter' && !metric.endsWith('_total')) {
    return `found ${describe(written)}, expected a counter's name to end in \`_total\``;
  }
  if (type === 'gauge' && metric.endsWith('_total')) {
    return `found ${describe(written)}, expected no \`_total\` at the end of a gauge's name (or \`type: counter\`)`;
  }
  const claimed = CLAIMED_SUFFIXES.find((suffix) => metric.endsWith(suffix));
  if (claimed !== undefined) {
    return `found ${describe(written)}, expected another ending: \`${claimed}\` tells another type of metric`;
  }
  return undefined;
}

/** As metricProblem(), for a name that somebody wrote, who may have thought that the prefix belongs to it. */
export function writtenMetricProblem(
  metric: string,
  prefix: string,
  type: MetricType | undefined,
  written = metric,
): string | undefined {
  if (metric.startsWith(prefix)) {
    return `found ${describe(written)}, expected the name without the prefix ${quote(prefix)}, which is put before it`;
  }
  return metricProblem(metric, prefix, type, written);
}

/** What is wrong with names of metrics in which one `*` stands for the member's. */
export function templateProblem(template: string, prefix: string, type: MetricType | undefined): string | undefined {
  if (template.indexOf('*') !== template.lastIndexOf('*')) {
    return `found ${describe(template)}, expected one \`*\`, which stands for the member's name`;
  }
  // Any member's name will do that does not make up the prefix.
  const name = template.replace('*', prefix.startsWith('x') ? 'y' : 'x');
  return writtenMetricProblem(name, prefix, type, template);
}

export function prefixProblem(prefix: string): string | undefined {
  const problem = identifierProblem(prefix);
  if (problem !== undefined) return problem;
  if (!prefix.endsWith('_')) return `found ${describe(prefix)}, expected an underscore at its end`;
  if (prefix.startsWith(OWN_PREFIX)) {
    return `found ${describe(prefix)}, expected another: ${quote(OWN_PREFIX)} is the exporter's own`;
  }
  return undefined;
}

export function symbolProblem(symbol: string): string | undefined {
  const problem = identifierProblem(symbol);
  if (problem !== undefined) return problem;
  const linker = [VNET_PREFIX, DPCPU_PREFIX].find((prefix) => symbol.startsWith(prefix));
  return linker === undefined
    ? undefined
    : `found ${describe(symbol)}, expected the name without \`${linker}\`, which is put before it`;
}

export function structProblem(struct: string): string | undefined {
  return struct.startsWith('struct ')
    ? `found ${describe(struct)}, expected the name without the word \`struct\``
    : identifierProblem(struct);
}

/** @param member a name such as `tcps_badsyn` or `outer.inner`, or a glob */
export function memberProblem(member: string): string | undefined {
  if (!MEMBER.test(member)) {
    return `found ${describe(member)}, expected a member's name or a glob: ASCII letters, digits, underscores, \`*\` and \`?\`, or an element such as \`x[3]\` or \`x[3].y\``;
  }
  return member.length > MAX_NAME_LENGTH
    ? `found a name of ${member.length} characters, expected at most ${MAX_NAME_LENGTH}`
    : undefined;
}

/** As memberProblem(), where it must be one member, and all of it. */
export function memberPathProblem(member: string): string | undefined {
  if (!MEMBER_PATH.test(member)) {
    return `found ${describe(member)}, expected one member's name: ASCII letters, digits and underscores, with a dot for what is in a struct of its own`;
  }
  return memberProblem(member);
}

export function labelNameProblem(label: string): string | undefined {
  const problem = identifierProblem(label);
  if (problem !== undefined) return problem;
  if (label.startsWith('__')) return `found ${describe(label)}, expected another: \`__\` is for Prometheus' own labels`;
  if (RESERVED_LABELS.includes(label)) return `found ${describe(label)}, expected another: this label is reserved`;
  return undefined;
}

export function labelValueProblem(value: string): string | undefined {
  if (value === '') return 'found an empty text, which Prometheus takes for no label, expected some text';
  return lineProblem(value, MAX_LABEL_VALUE_LENGTH);
}

export function helpProblem(help: string): string | undefined {
  if (help.trim() === '') return 'found an empty text, expected a line that says what is counted';
  if (help.endsWith('\n') && !CONTROL_CHARACTERS.test(help.slice(0, -1))) {
    return 'found a line break at the end, expected one line (`>-` or `|-` drops the break)';
  }
  return lineProblem(help, MAX_HELP_LENGTH);
}

function lineProblem(line: string, longest: number): string | undefined {
  if (CONTROL_CHARACTERS.test(line)) {
    return `found ${describe(line)} with a line break or a control character, expected one line of plain text`;
  }
  if (line.length > longest) return `found ${line.length} characters, expected at most ${longest}`;
  return undefined;
}
