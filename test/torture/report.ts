/** What a torture found, as Markdown for docs/reliability.md and for people. */
import type { TortureResult } from './run.js';
import { verdicts } from './oracle.js';

/**
 * @param shown how many failures of each kind are told in full
 * @param rest options besides the seed that bring the same about again
 */
export function reportOf(result: TortureResult, seed: number, seconds: number, shown: number, rest = ''): string {
  const number = (value: number): string => value.toLocaleString('en');
  const lines = [
    `${number(result.scrapes)} scrapes of ${number(result.lives)} kernels in ${seconds.toFixed(0)} s (seed ${seed}); ` +
      `${number(result.compared)} values compared, ${number(result.skipped)} sums with too many possible values left out; ${number(result.proofs)} proofs of counters; ` +
      `${number(result.refused)} scrapes answered with an error`,
    '',
    '| What was done | Times |',
    '| --- | ---: |',
    ...[...result.injected].sort().map(([what, times]) => `| ${what} | ${number(times)} |`),
    '',
    '| What was found | Times |',
    '| --- | ---: |',
    ...verdicts.map(
      (verdict) => `| ${verdict} | ${number(result.failures.filter((one) => one.verdict === verdict).length)} |`,
    ),
    '',
  ];
  for (const verdict of verdicts) {
    for (const failure of result.failures.filter((one) => one.verdict === verdict).slice(0, shown)) {
      lines.push(`${verdict}: ${failure.text}`);
      lines.push(`  again: npm run torture -- --seed ${seed} --life ${failure.life}${rest} (scrape ${failure.scrape})`);
      lines.push(...failure.trace.slice(-14).map((line) => `    ${line}`));
    }
  }
  return `${lines.join('\n')}\n`;
}
