/** What a run found, as Markdown. */
import type { Result, Tally } from './run.js';

const number = (value: number): string => value.toLocaleString('en');

export function reportOf({ tallies, reasons, findings }: Result): string {
  const rows = [...tallies].sort(([a], [b]) => a.localeCompare(b));
  const total = rows.reduce<Tally>(
    (sum, [, one]) => ({
      rounds: sum.rounds + one.rounds,
      refused: sum.refused + one.refused,
      right: sum.right + one.right,
      untold: sum.untold + one.untold,
      told: sum.told + one.told,
    }),
    { rounds: 0, refused: 0, right: 0, untold: 0, told: 0 },
  );
  const lines = [
    '| What was wrong | Rounds | Refused | Names right | Wrong, nothing can tell | Wrong, something could tell |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...[...rows, ['all', total] as const].map(
      ([what, { rounds, refused, right, untold, told }]) =>
        `| ${what} | ${[rounds, refused, right, untold, told].map(number).join(' | ')} |`,
    ),
    '',
    '| Why nothing on such a kernel can tell | Rounds |',
    '| --- | ---: |',
    ...[...reasons].sort(([, a], [, b]) => b - a).map(([why, count]) => `| ${why} | ${number(count)} |`),
    ...findings.flatMap((finding) => ['', `**Found:** ${finding}`]),
  ];
  return `${lines.join('\n')}\n`;
}
