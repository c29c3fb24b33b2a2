/** The rule files of deploy/prometheus and their tests, as far as other tests look into them. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse, stringify } from 'yaml';
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

interface RuleGroup {
  readonly name: string;
  readonly rules: readonly Rule[];
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
    const { groups } = parse(readFileSync(join(prometheusFolder, file), 'utf8')) as { groups: RuleGroup[] };
    return groups.flatMap(({ name, rules }) => rules.map((rule) => ({ ...rule, group: name })));
  });
}

/** Paths of the files for `promtool test rules`. */
export function ruleTestFiles(): string[] {
  const folder = join(prometheusFolder, 'tests');
  return readdirSync(folder).map((name) => join(folder, name));
}

/**
 * The same below `folder`, each beside the alerts alone that it names. promtool evaluates each rule at each minute of each test, so with all
 * alerts nine tenths of its work go into rules that the test does not ask for, and no rule looks at another.
 */
export function ruleTestFilesWithTheirRules(folder: string): string[] {
  const [alertsFile, ...others] = ruleFiles;
  const { groups } = parse(readFileSync(join(prometheusFolder, alertsFile), 'utf8')) as { groups: RuleGroup[] };
  return ruleTestFiles().map((file) => {
    const text = readFileSync(file, 'utf8');
    const own = join(folder, basename(file, '.test.yml'));
    const copy = join(own, 'tests', basename(file));
    mkdirSync(join(own, 'tests'), { recursive: true });
    writeFileSync(copy, text);
    for (const other of others) copyFileSync(join(prometheusFolder, other), join(own, other));
    const named = groups.flatMap((group) => {
      const rules = group.rules.filter(({ alert = '' }) => text.includes(alert));
      return rules.length === 0 ? [] : [{ ...group, rules }];
    });
    writeFileSync(join(own, alertsFile), stringify({ groups: named }));
    return copy;
  });
}

export function ruleTests(): RuleTest[] {
  return ruleTestFiles().flatMap((file) => (parse(readFileSync(file, 'utf8')) as { tests: RuleTest[] }).tests);
}
