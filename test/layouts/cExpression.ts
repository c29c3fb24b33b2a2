/** The value of a constant expression of C, as it stands in `#if` and between the brackets of an array. */

/** What binds least comes first. */
const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
  '||': (a, b) => Number(a !== 0 || b !== 0),
  '&&': (a, b) => Number(a !== 0 && b !== 0),
  '|': (a, b) => a | b,
  '&': (a, b) => a & b,
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  '<': (a, b) => Number(a < b),
  '>': (a, b) => Number(a > b),
  '<=': (a, b) => Number(a <= b),
  '>=': (a, b) => Number(a >= b),
  '<<': (a, b) => a << b,
  '>>': (a, b) => a >> b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => Math.trunc(a / b),
  '%': (a, b) => a % b,
};

const token = /\s*((?:0[xX][\da-fA-F]+|\d+)[uUlL]*|[A-Za-z_]\w*|\|\||&&|<<|>>|[=!<>]=|[-+*/%|&<>!()])/y;

/** `valueOf` gives the value of a name; what it throws for one that has none ends the evaluation. */
export function evaluate(text: string, valueOf: (name: string) => number): number {
  const tokens = tokensOf(text);
  let at = 0;

  function expect(wanted: string): void {
    if (tokens[at++] !== wanted) throw new Error(`"${text}" lacks a "${wanted}"`);
  }

  function operand(): number {
    const first = tokens[at++];
    if (first === undefined) throw new Error(`"${text}" ends too early`);
    if (first === '!') return Number(operand() === 0);
    if (first === '-') return -operand();
    if (first === '(') {
      const value = level(0);
      expect(')');
      return value;
    }
    if (/^\d/.test(first)) return Number(first.replace(/[uUlL]+$/, ''));
    if (/^\w/.test(first)) return valueOf(first);
    throw new Error(`"${text}" has a "${first}" out of place`);
  }

  function level(depth: number): number {
    const operators = levels[depth];
    if (operators === undefined) return operand();
    let value = level(depth + 1);
    for (;;) {
      const operator = tokens[at];
      const operation = operator !== undefined && operators.includes(operator) ? operations[operator] : undefined;
      if (operation === undefined) return value;
      at++;
      value = operation(value, level(depth + 1));
    }
  }

  const value = level(0);
  if (at < tokens.length) throw new Error(`"${text}" has a "${String(tokens[at])}" out of place`);
  return value;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  let end = 0;
  while (end < text.trimEnd().length) {
    token.lastIndex = end;
    const found = token.exec(text)?.[1];
    if (found === undefined) throw new Error(`"${text}" is more than numbers, names and operators`);
    tokens.push(found);
    end = token.lastIndex;
  }
  return tokens;
}
