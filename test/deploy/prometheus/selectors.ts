/** Which series a PromQL expression asks for. No parser: enough to tell names of metrics and of labels from all else. */

/** A metric, and the labels that it is asked to have. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

export interface Asked {
  readonly selectors: readonly Selector[];
  /** Labels by which results are grouped or matched. */
  readonly grouping: readonly string[];
}

/** Texts, ranges, names, numbers and durations, signs. */
const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\[[^\]]*\]|[a-zA-Z_:][\w:]*|\d[\w.]*(?:(?<=e)[+-]\d+)?|\S/g;
const NAME = /^[a-zA-Z_:]/;
const GROUPINGS = ['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'];
const OPERATORS = ['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan'];

export function askedBy(expression: string): Asked {
  const tokens = [...expression.matchAll(TOKEN)].map(([token]) => token);
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    const next = tokens[at + 1];
    if (!NAME.test(token) || OPERATORS.includes(token.toLowerCase())) continue;
    if (GROUPINGS.includes(token)) {
      const end = tokens.indexOf(')', at);
      grouping.push(...namesIn(tokens.slice(at + 2, end)));
      at = end;
    } else if (next === '{') {
      const end = tokens.indexOf('}', at);
      selectors.push({ metric: token, labels: namesIn(tokens.slice(at + 2, end)) });
      at = end;
    } else if (next !== '(' && !GROUPINGS.includes(next ?? '')) {
      selectors.push({ metric: token, labels: [] });
    }
  }
  return { selectors, grouping };
}

function namesIn(tokens: readonly string[]): string[] {
  return tokens.filter((token) => NAME.test(token));
}
