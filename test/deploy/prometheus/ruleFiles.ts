/** The rule files of deploy/prometheus and their tests, as far as other tests look into them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../../src/packageRoot.js';

export const prometheusFolder = join(packageRoot, 'deploy', 'prometheus');

export interface Rule {
  /** Of its group. */
  readonly group?: string;
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface AlertCase {
  readonly alertname: string;
  readonly exp_alerts: readonly unknown[];
}

interface ExpressionCase {
  readonly expr: string;
  readonly exp_samples: readonly unknown[];
}

export interface RuleTest {
  readonly name: string;
  readonly input_series: readonly { readonly series: string }[];
  readonly alert_rule_test?: readonly AlertCase[];
  readonly promql_expr_test?: readonly ExpressionCase[];
}

export const ruleFiles = ['alerts.rules.yml', 'recording.rules.yml'] as const;

export function rulesOf(...files: readonly string[]): Rule[] {
  return files.flatMap((file) => {
    const { groups } = parse(readFileSync(join(prometheusFolder, file), 'utf8')) as {
      groups: { name: string; rules: Rule[] }[];
    };
    return groups.flatMap(({ name, rules }) => rules.map((rule) => ({ ...rule, group: name })));
  });
}

/** Paths of the files for `promtool test rules`. */
export function ruleTestFiles(): string[] {
  const folder = join(prometheusFolder, 'tests');
  return readdirSync(folder).map((name) => join(folder, name));
}

export function ruleTests(): RuleTest[] {
  return ruleTestFiles().flatMap((file) => (parse(readFileSync(file, 'utf8')) as { tests: RuleTest[] }).tests);
}
