/** The checked-in dashboards as Grafana gets them, and Grafana's way to put the values of variables into queries. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/packageRoot.js';

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: unknown;
  readonly instant: boolean;
  readonly range: boolean;
  readonly legendFormat?: string;
  readonly format?: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: unknown;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly options?: { readonly legend?: Readonly<Record<string, unknown>>; readonly tooltip?: unknown };
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly noValue?: string;
      readonly thresholds?: { readonly steps: readonly unknown[] };
    };
  };
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly query: string | { readonly query: string };
  readonly current?: { readonly value: string | readonly string[] };
}

export interface Annotation {
  readonly name: string;
  readonly expr: string;
  /** Whether the value is the time of what happened, in milliseconds. */
  readonly useValueForTime: boolean;
}

export interface Dashboard {
  /** Its file's name without `.json`. */
  readonly name: string;
  readonly text: string;
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly links: readonly { readonly type: string; readonly tags: readonly string[]; readonly includeVars: boolean }[];
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly Annotation[] };
  readonly templating: { readonly list: readonly Variable[] };
}

export function readDashboards(): Dashboard[] {
  const folder = join(packageRoot, 'deploy', 'grafana', 'dashboards');
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      return { ...(JSON.parse(text) as Omit<Dashboard, 'name' | 'text'>), name: file.replace(/\.json$/, ''), text };
    });
}

/** The panels that show something. */
export function shownPanels(dashboard: Dashboard): Panel[] {
  return dashboard.panels.filter(({ type }) => type !== 'row');
}

export function queryOf({ query }: Variable): string {
  return typeof query === 'string' ? query : query.query;
}

/** `$name`, `${name}` or `${name:format}`, as Grafana knows them. */
const REFERENCE = /\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g;

/** Variables that a text names. What is all digits is a group of a regular expression in PromQL. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(REFERENCE)]
    .map(([, braced, plain]) => braced ?? plain!)
    .filter((name) => !/^\d+$/.test(name));
}

/** A text for one value, an array for a variable of which several can be chosen. */
export type Values = Readonly<Record<string, string | readonly string[]>>;

/**
 * Puts the values in as Grafana's data source for Prometheus does: several as an alternative of a regular expression, each with what means
 * something there escaped, twice since it stands in a string of PromQL; a single one with what means something in a string escaped.
 */
export function interpolate(text: string, values: Values): string {
  return text.replace(REFERENCE, (reference, braced?: string, plain?: string) => {
    const value = values[braced ?? plain ?? ''];
    if (value === undefined) return reference;
    if (typeof value === 'string') return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
    const escaped = value.map((one) => one.replaceAll(/[\\^$*+?.()|[\]{}/-]/g, '\\\\$&'));
    return escaped.length === 1 ? escaped[0]! : `(${escaped.join('|')})`;
  });
}
