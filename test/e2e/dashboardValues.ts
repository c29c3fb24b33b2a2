/** What is chosen in a dashboard that is opened. */
import assert from 'node:assert/strict';
import { interpolate, queryOf, type Dashboard, type Values } from '../support/dashboards.js';
import type { PrometheusServer } from './prometheusServer.js';

/** As Grafana does when a dashboard is opened and All is chosen: each variable's values, with those before it put in. */
export async function chooseValues(
  { templating }: Dashboard,
  prometheus: PrometheusServer,
  rateInterval: string,
): Promise<Values> {
  const values: Record<string, string | string[]> = { __rate_interval: rateInterval };
  for (const variable of templating.list) {
    if (variable.type === 'datasource') continue;
    const query = interpolate(queryOf(variable), values);
    const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
    assert.ok(selector !== undefined && label !== undefined, query);
    const found = await prometheus.labelValues(label, selector);
    assert.ok(found.length > 0, `${variable.name} has no values: ${query}`);
    const preset = variable.current?.value;
    assert.ok(
      variable.multi || preset === undefined || found.includes(String(preset)),
      `${variable.name}: ${String(preset)}`,
    );
    values[variable.name] = variable.multi ? found : String(preset ?? found[0]);
  }
  return values;
}
