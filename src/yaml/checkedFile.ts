/** One YAML file: read, parsed and held against a schema. Collects what is wrong with it, in the order of the file. */
import type * as z from 'zod/mini';
import { type Diagnostic, didYouMean, describe, formatPath, type Path } from './diagnostics.js';
import { MAX_ERRORS_KEPT } from './limits.js';
import type { Location } from './location.js';
import { readText, UnreadableFile } from './readText.js';
import { parseYaml, type YamlDocument, type YamlNode } from './document.js';

type Issue = z.core.$ZodIssue;

/** Such as `a config`, and `that begins with` some key. */
export interface FileKind {
  readonly name: string;
  readonly form: string;
}

export class CheckedFile<T> {
  /** What the file says; parts that broke the schema are undefined. The whole is, where nothing can be made of the file. */
  readonly contents: T | undefined;
  /** Size of what was read. */
  readonly bytes: number;
  /** Whether the file is good YAML that says nothing, which is an error in `diagnostics` as well. */
  readonly isEmpty: boolean;
  private readonly document: YamlDocument | undefined;
  private readonly found: { readonly offset: number; readonly diagnostic: Diagnostic }[] = [];
  private count = 0;

  /**
   * @param schema of what the file says. Each `error` in it says what was expected, and goes into the messages; mappings with known keys
   *   are those of strictMapping.ts
   * @param kind what such a file is called in messages, and what its mapping is known by
   */
  constructor(
    readonly file: string,
    private readonly schema: z.ZodMiniType,
    kind: FileKind,
  ) {
    let text: string;
    try {
      text = readText(file);
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      this.bytes = 0;
      this.isEmpty = false;
      const { line, column, message } = error;
      this.keep(0, { file, line, column, path: '', message });
      return;
    }
    this.bytes = Buffer.byteLength(text);
    this.document = parseYaml(text);
    const { root, errors, omitted } = this.document;
    for (const { offset, path, message } of errors) {
      if (!this.isFull()) this.reportAt(offset, path, message);
    }
    this.count += omitted;
    this.isEmpty = root?.value == null && errors.length === 0;
    if (root?.kind === 'map') this.contents = this.check(root.value);
    else if (errors.length === 0) this.reportAt(root?.offset ?? 0, [], notAMapping(root, kind));
  }

  /** How many errors were found beside those in `diagnostics`. */
  get omitted(): number {
    return this.count - this.found.length;
  }

  /** In the order of the file. */
  get diagnostics(): Diagnostic[] {
    return this.found.toSorted((a, b) => a.offset - b.offset).map(({ diagnostic }) => diagnostic);
  }

  /** Says what is wrong with the value at a path; where there is no such value, the place is that of what should hold it. */
  report(path: Path, message: string): void {
    if (!this.isFull()) this.reportAt(this.offset(path), path, message);
  }

  /** As `report`, at the key rather than its value. */
  reportKey(path: Path, message: string): void {
    if (!this.isFull()) this.reportAt(this.offset(path, 'key'), path, message);
  }

  locate(path: Path): Location {
    return this.location(this.offset(path));
  }

  private reportAt(offset: number, path: Path, message: string): void {
    const { file, line, column } = this.location(offset);
    this.keep(offset, { file, line, column, path: formatPath(path), message });
  }

  private keep(offset: number, diagnostic: Diagnostic): void {
    this.count += 1;
    this.found.push({ offset, diagnostic });
  }

  /** Whether so many errors were found that the next is only counted: a hostile file can hold a million. */
  private isFull(): boolean {
    if (this.found.length < MAX_ERRORS_KEPT) return false;
    this.count += 1;
    return true;
  }

  private location(offset: number): Location {
    return { file: this.file, ...(this.document?.position(offset) ?? { line: 1, column: 1 }) };
  }

  private offset(path: Path, of: 'key' | 'value' = 'value'): number {
    let node = this.document?.root;
    let offset = node?.offset ?? 0;
    for (const step of path) {
      const entry = keyed(node, step);
      node = entry.node;
      if (node === undefined) break;
      offset = (of === 'key' ? entry.keyOffset : undefined) ?? node.offset;
    }
    return offset;
  }

  /** Reports what breaks the schema, and takes it out so that the rest can be checked further. */
  private check(value: Record<string, unknown>): T {
    const result = this.schema.safeParse(value);
    const seen = new Set<string>();
    for (const { issue, path } of flatten(result.error?.issues ?? [], [])) {
      if (issue.code === 'unrecognized_keys') {
        const known = issue.message.split(' ');
        for (const key of issue.keys) this.reportKey([...path, key], `unknown key${didYouMean(key, known)}`);
        continue;
      }
      // A value may break several rules of one kind, such as being neither whole nor large enough.
      const key = JSON.stringify(path);
      if (seen.has(key)) continue;
      seen.add(key);
      const { exists, written } = takeOut(value, path);
      if (!exists) this.report(path, `is missing, expected ${issue.message}`);
      // Undefined is what stands for a YAML fault, which was reported with the others.
      if (written === undefined) continue;
      const words = issue.code === 'invalid_value' ? issue.values.filter((word) => typeof word === 'string') : [];
      const hint = typeof written === 'string' ? didYouMean(written, words) : '';
      this.report(path, `found ${describe(written)}, expected ${issue.message}${hint}`);
    }
    return value as T;
  }
}

function keyed(node: YamlNode | undefined, step: string | number): { node?: YamlNode | undefined; keyOffset?: number } {
  if (node?.kind === 'map' && typeof step === 'string') return node.entries.get(step) ?? {};
  if (node?.kind === 'list' && typeof step === 'number') return { node: node.items[step] };
  return {};
}

function notAMapping(root: YamlNode | undefined, { name, form }: FileKind): string {
  return root?.value == null
    ? `found an empty file, expected ${name} ${form}`
    : `found ${describe(root.value)}, expected a mapping ${form}`;
}

/** Of a value that may have several forms, what is wrong with it in the form that it was meant to have. */
function flatten(issues: readonly Issue[], above: Path): { issue: Issue; path: Path }[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...(issue.path as Path)];
    if (issue.code !== 'invalid_union') return [{ issue, path }];
    // A form of another kind (a text or a word rather than a mapping) fails as a whole.
    const meant = issue.errors.find(([first]) => first !== undefined && !(isOfKind(first) && first.path.length === 0));
    return meant === undefined ? [{ issue, path }] : flatten(meant, path);
  });
}

/** True for an issue about what a value is, rather than about something in it. */
function isOfKind({ code }: Issue): boolean {
  return code === 'invalid_type' || code === 'invalid_value';
}

/** Sets the value at a path to undefined and gives what it was. */
function takeOut(root: Record<string, unknown>, path: Path): { exists: boolean; written: unknown } {
  let holder: Record<string | number, unknown> = root;
  for (const step of path.slice(0, -1)) holder = holder[step] as Record<string | number, unknown>;
  const last = path.at(-1) ?? '';
  const exists = last in holder;
  const written = holder[last];
  if (exists) holder[last] = undefined;
  return { exists, written };
}
