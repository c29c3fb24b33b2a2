/** The alerts that are shipped with the exporter (deploy/prometheus/alerts.rules.yml), and which rows each of them looks at. */
import type { LiveFamily } from '../live/messages.js';

/** An alert as bundle.js writes it to alerts.json. */
export interface ShippedAlert {
  readonly name: string;
  /** In PromQL. */
  readonly expr: string;
  /** How long that must hold before somebody is told, such as `10m`; empty where it need not hold for any time. */
  readonly for: string;
  readonly severity: string;
  /** What to do then. */
  readonly runbook: string;
}

/** What is most urgent comes first. */
const SEVERITIES = ['critical', 'warning', 'info'];

export class Alerts {
  /** By each word of their expressions: some are names of metrics. */
  private readonly byWord = new Map<string, ShippedAlert[]>();
  private readonly found = new WeakMap<LiveFamily, readonly ShippedAlert[]>();

  constructor(alerts: readonly ShippedAlert[] = []) {
    for (const alert of alerts) {
      for (const word of new Set(alert.expr.match(/[a-zA-Z_:][\w:]*/g))) {
        this.byWord.set(word, [...(this.byWord.get(word) ?? []), alert]);
      }
    }
  }

  /** Those in whose expressions a metric is that the family publishes, whichever of its rows they take. */
  of(family: LiveFamily): readonly ShippedAlert[] {
    let alerts = this.found.get(family);
    if (alerts === undefined) {
      alerts = [...new Set(publishedNames(family).flatMap((name) => this.byWord.get(name) ?? []))].sort(byUrgency);
      this.found.set(family, alerts);
    }
    return alerts;
  }
}

function byUrgency(a: ShippedAlert, b: ShippedAlert): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
}

function publishedNames({ name, perCpuName, cpu, spread = [] }: LiveFamily): string[] {
  if (cpu === 'per_cpu') return [perCpuName];
  return cpu === 'both' ? [name, perCpuName] : [name, ...spread];
}

/** When an alert fires, such as `rate(x_total[5m]) > 10 for 10m`. */
export function conditionOf(alert: ShippedAlert): string {
  return alert.expr.replaceAll(/\s+/g, ' ') + (alert.for === '' ? '' : ` for ${alert.for}`);
}
