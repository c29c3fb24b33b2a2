/** The messages that the source can print, read from it: what it makes errors of, what it logs, and what it writes to standard error. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { packageRoot } from '../../src/packageRoot.js';

export interface SourceMessage {
  readonly file: string;
  /** The parts of it that are always the same, in their order. */
  readonly parts: readonly string[];
}

/** Errors whose text is shown to people. Not FileError: it names place, what was found and what was expected. */
const ERRORS =
  /^(?:CtfError|ElfError|KernelFileError|KernelOpenError|KvmError|LayoutError|ListenError|NoDataError|OutputError|PrivilegeError|ShapeError|SimulatorError|UserError)$/;
const LEVELS = /^(?:debug|info|warn|error|fatal)$/;
/** Folders of which nothing is printed where the exporter runs. */
const OTHERS = ['page', 'simulator'];

const sources = readdirSync(join(packageRoot, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !OTHERS.some((folder) => name.startsWith(`${folder}/`)))
  .sort()
  .map((name) => {
    const text = readFileSync(join(packageRoot, 'src', name), 'utf8');
    return ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  });

export function sourceMessages(): SourceMessage[] {
  return sources.flatMap((source) => {
    const found: SourceMessage[] = [];
    const visit = (node: ts.Node): void => {
      for (const argument of messageArguments(node)) {
        found.push(...textsOf(argument).map((parts) => ({ file: source.fileName, parts })));
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

/** Every text in the source, also those that are no messages: what a document quotes must be in one of them. */
export function allTexts(): string[] {
  return sources.flatMap((source) => {
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
      if (
        ts.isStringLiteralLike(node) ||
        ts.isTemplateHead(node) ||
        ts.isTemplateMiddle(node) ||
        ts.isTemplateTail(node)
      )
        found.push(node.text);
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

function messageArguments(node: ts.Node): readonly ts.Expression[] {
  if (ts.isNewExpression(node) && ERRORS.test(node.expression.getText())) {
    // The first word of a KvmError is the call that failed.
    const args = node.arguments ?? [];
    return /^(?:KvmError|NoDataError)$/.test(node.expression.getText()) ? args.slice(1) : args.slice(0, 1);
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return [];
  const of = node.expression.expression.getText();
  const method = node.expression.name.text;
  if (of === 'console' && method === 'error') return node.arguments;
  return /(?:^|\.)log$/.test(of) && LEVELS.test(method) ? node.arguments.slice(-1) : [];
}

/** What an expression may be, as the texts in it; none of what another function makes. */
function textsOf(node: ts.Expression): string[][] {
  if (ts.isStringLiteralLike(node)) return [[node.text]];
  if (ts.isTemplateExpression(node)) {
    return [[node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].filter((text) => text !== '')];
  }
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)];
  if (ts.isParenthesizedExpression(node)) return textsOf(node.expression);
  return [];
}
