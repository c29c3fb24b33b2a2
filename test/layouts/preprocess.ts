/** A C header as the compiler sees it: without comments, without what `#if` leaves out; and what it defines. */
import { evaluate } from './cExpression.js';

export interface Preprocessed {
  readonly text: string;
  /** What a name was defined as last. */
  readonly defines: ReadonlyMap<string, string>;
}

/** `given` are names defined from outside, as by `cc -D`. Files that the header includes are not read. */
export function preprocess(header: string, given: ReadonlyMap<string, string>): Preprocessed {
  const defines = new Map(given);
  const kept: string[] = [];
  const conditions: { holds: boolean; elseHolds: boolean }[] = [];

  function truth(condition: string): boolean {
    const known = condition.replace(
      /\bdefined\s*(?:\(\s*(\w+)\s*\)|(\w+))/g,
      (_, bracketed?: string, plain?: string) => (defines.has(bracketed ?? plain ?? '') ? '1' : '0'),
    );
    // A name that is not defined is 0 in an #if, as in C.
    return evaluate(known, (name) => numberOf(name, defines) ?? 0) !== 0;
  }

  for (const line of withoutComments(header).split('\n')) {
    const [, directive, rest = ''] = /^\s*#\s*(\w+)\s*(.*?)\s*$/.exec(line) ?? [];
    const seen = conditions.every(({ holds }) => holds);
    const innermost = conditions.at(-1);
    switch (directive) {
      case 'if':
      case 'ifdef':
      case 'ifndef': {
        // What is not seen need not make sense.
        const holds =
          seen &&
          (directive === 'if' ? truth(rest) : defines.has(rest.split(/\s/)[0] ?? '') === (directive === 'ifdef'));
        conditions.push({ holds, elseHolds: seen && !holds });
        break;
      }
      case 'elif':
      case 'else':
        if (innermost === undefined) throw new Error(`#${directive} without #if`);
        innermost.holds = innermost.elseHolds && (directive === 'else' || truth(rest));
        if (innermost.holds) innermost.elseHolds = false;
        break;
      case 'endif':
        conditions.pop();
        break;
      case 'define': {
        const [, name, value = ''] = /^(\w+)(?:\s+(.*))?$/.exec(rest) ?? [];
        if (seen && name !== undefined) defines.set(name, value);
        break;
      }
      case undefined:
        if (seen) kept.push(line);
        break;
      default:
        break;
    }
  }
  return { text: kept.join('\n'), defines };
}

/** What `name` stands for as a number, or undefined if it is not defined, or not as one. */
export function numberOf(name: string, defines: ReadonlyMap<string, string>): number | undefined {
  const value = defines.get(name);
  if (value === undefined) return undefined;
  const others = new Map(defines);
  others.delete(name);
  try {
    return evaluate(value, (other) => {
      const number = numberOf(other, others);
      if (number === undefined) throw new Error(`${other} is not defined`);
      return number;
    });
  } catch {
    return undefined;
  }
}

function withoutComments(header: string): string {
  return header
    .replace(/\\\n/g, ' ')
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => ' ' + comment.replace(/[^\n]/g, ''))
    .replace(/\/\/.*/g, '');
}
