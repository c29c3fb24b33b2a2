/** YAML text → the library's nodes. Bounded: hostile text ends in an error, not in a hang or an overflow of the stack. */
import { Composer, type CST, Lexer, type LineCounter, type Node, Parser, type YAMLError } from 'yaml';
import { printable, quote } from './diagnostics.js';
import { MAX_DEPTH, MAX_ERRORS_KEPT, MAX_TOKENS } from './limits.js';

/** What is wrong with the text, and at which offset. */
export interface YamlFault {
  readonly offset: number;
  readonly message: string;
}

export interface ComposedYaml {
  /** What the text's one document holds; undefined where it holds nothing, and where there are faults. */
  readonly contents: Node | undefined;
  readonly faults: readonly YamlFault[];
  /** How many more faults there are. */
  readonly omitted: number;
}

export const TOO_DEEP = `found more than ${MAX_DEPTH} levels of nesting, expected fewer`;
const TOO_MANY_TOKENS = `found more than ${MAX_TOKENS} tokens of YAML, expected fewer (there may be several files)`;
const SECOND_DOCUMENT = 'found a second document, expected one in each file';

/** @param lines takes the beginning of each line, but for the first */
export function composeYaml(text: string, lines: LineCounter): ComposedYaml {
  const composer = new Composer({
    // Whatever a %YAML directive says, and without the merge keys of YAML 1.1.
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    stringKeys: true,
    // The library compares each key with all before it; document.ts takes one look-up.
    uniqueKeys: false,
  });
  try {
    const { contents, problems } = withoutStacks(() => composeOne(composer, text, lines));
    const faults = problems
      .slice(0, MAX_ERRORS_KEPT)
      .map(({ pos, code, message }) => ({ offset: pos[0], message: faultMessage(code, message) }));
    return {
      contents: faults.length === 0 ? contents : undefined,
      faults,
      omitted: problems.length - faults.length,
    };
  } catch (error) {
    if (error instanceof Refused) return { contents: undefined, faults: [error.fault], omitted: 0 };
    throw error;
  }
}

/** Ends the reading of a text that is too large, too deep or too long. */
class Refused extends Error {
  constructor(readonly fault: YamlFault) {
    super(fault.message);
  }
}

function composeOne(composer: Composer, text: string, lines: LineCounter) {
  const documents = [...compose(composer, boundedTokens(text, lines))];
  const [document] = documents;
  if (document === undefined) return { contents: undefined, problems: composer.streamInfo().errors };
  // Of a second document's faults the first one's reader has no use.
  const problems: YAMLError[] = [...document.errors, ...document.warnings];
  const second = documents[1];
  if (problems.length === 0 && second !== undefined) {
    throw new Refused({ offset: second.range[0], message: SECOND_DOCUMENT });
  }
  return { contents: document.contents ?? undefined, problems };
}

/** Composes the first document, and a second one where there is more. */
function* compose(composer: Composer, tokens: Iterable<CST.Token>) {
  let count = 0;
  for (const token of tokens) {
    for (const document of composer.next(token)) {
      yield document;
      count += 1;
    }
    if (count > 1) return;
  }
  yield* composer.end();
}

/** The text's tokens, until they are too many or too deep. */
function* boundedTokens(text: string, lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine);
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    count += 1;
    if (count > MAX_TOKENS) throw new Refused({ offset: parser.offset, message: TOO_MANY_TOKENS });
    // The composer calls itself for each level, so the depth has to be known before it sees the collection. The stack
    // also holds the document and the value at hand.
    if (parser.stack.length > MAX_DEPTH + 2) throw new Refused({ offset: parser.offset, message: TOO_DEEP });
  }
  yield* parser.end();
}

/** The library makes an Error for each fault, and a text can hold many thousands: a stack for each takes five times as long. */
function withoutStacks<T>(run: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** The library's words, but for faults that people make often. */
function faultMessage(code: YAMLError['code'], message: string): string {
  const tag = /^Unresolved tag: (.*)$/s.exec(message)?.[1];
  if (tag !== undefined) return `found the unknown tag ${quote(tag)}, expected none`;
  if (code === 'NON_STRING_KEY') return 'found a key that is no text, expected a name';
  return `YAML: ${printable(message)}`;
}
