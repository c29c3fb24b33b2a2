/** How texts are set apart from others on a terminal: by colours, or not at all. */

export interface Painter {
  /** The head of a table. */
  head(text: string): string;
  /** What a CPU does more than others. */
  hot(text: string): string;
  /** What is wrong. */
  fault(text: string): string;
  /** What matters less. */
  dim(text: string): string;
}

/** Select Graphic Rendition of ECMA-48, as all terminals have it. */
const sgr =
  (code: string): ((text: string) => string) =>
  (text) =>
    text.trim() === '' ? text : `\x1b[${code}m${text}\x1b[0m`;

export const colours: Painter = { head: sgr('7'), hot: sgr('1;33'), fault: sgr('31'), dim: sgr('2') };

const asItIs = (text: string): string => text;

export const plain: Painter = { head: asItIs, hot: asItIs, fault: asItIs, dim: asItIs };

/** By the habits of terminal programs: https://no-color.org, and TERM=dumb for what knows no colours. */
export function wantsColours(env: Readonly<Record<string, string | undefined>>): boolean {
  const { NO_COLOR = '', TERM = 'dumb' } = env;
  return NO_COLOR === '' && TERM !== 'dumb' && TERM !== '';
}
