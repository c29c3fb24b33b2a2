/** runbooks.md: what each alert means and what to do then, of the rules file, to be kept where their `runbook_url` leads to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../../src/packageRoot.js';

const folder = join(packageRoot, 'deploy', 'prometheus');
export const runbooksFile = join(folder, 'runbooks.md');

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook' | 'silent' | 'dashboard', string>>;
}

export function runbooks(): string {
  const rules = readFileSync(join(folder, 'alerts.rules.yml'), 'utf8');
  const { groups } = parse(rules) as { groups: { name: string; rules: Alert[] }[] };
  const sections = groups.flatMap(({ name, rules: alerts }) => alerts.map((alert) => section(name, alert)));
  return `# Runbooks

The alerts of [alerts.rules.yml](alerts.rules.yml), of which \`npm run runbooks\` makes this. Words in capitals, and N, are what an alert fills in.

${sections.join('\n')}`;
}

function section(group: string, { alert, expr, for: lasts, labels, annotations }: Alert): string {
  const { summary, description, runbook, silent, dashboard } = annotations;
  const after = lasts === undefined ? 'at once' : `after ${lasts}`;
  return `## ${alert}

${plain(summary)}: ${labels.severity}, ${after}; group \`${group}\`.

- **Means**: ${plain(description)}
- **Do**: ${plain(runbook)}
- **Silent**: ${silent}
- **Panel**: \`${dashboard.split('&')[0]!}\`

\`\`\`promql
${expr.trim()}
\`\`\`
`;
}

/** A template of Prometheus as a text: labels by their names in capitals. Markdown would take some of it for its own. */
function plain(template: string): string {
  return template
    .replaceAll(/\{\{ with .*?\{\{ end \}\}/g, '')
    .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => label.toUpperCase())
    .replaceAll(/\{\{ \$value[^}]*\}\}/g, 'N')
    .replaceAll(/[*_<>|]/g, '\\$&');
}
