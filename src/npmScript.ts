/** How a flag is typed by who started the program: npm passes on only what stands behind `--`. */

const NPM_SCRIPTS: ReadonlySet<string | undefined> = new Set(['start', 'demo']);

/** Such as `--flag`, and under npm `npm run demo -- --flag`. */
export function asTyped(flag: string, { npm_lifecycle_event: script } = process.env): string {
  return NPM_SCRIPTS.has(script) ? `npm run ${script} -- ${flag}` : flag;
}
