/** YAML text → plain values, each with its place in the text: aliases replaced by what they stand for, keys unique. */
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import { type Path, quote } from './diagnostics.js';
import { MAX_DEPTH, MAX_NODES } from './limits.js';
import { composeYaml, TOO_DEEP } from './syntax.js';

/** A value as it was written, with the place of all that it is made of. */
export type YamlNode = YamlMap | YamlList | YamlScalar;

export interface YamlMap {
  readonly kind: 'map';
  readonly offset: number;
  /** The same values by key, as the schema takes them. */
  readonly value: Record<string, unknown>;
  readonly entries: Map<string, { readonly keyOffset: number; readonly node: YamlNode }>;
}

export interface YamlList {
  readonly kind: 'list';
  readonly offset: number;
  readonly value: unknown[];
  readonly items: YamlNode[];
}

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly offset: number;
  readonly value: unknown;
}

export interface YamlError {
  readonly offset: number;
  readonly path: Path;
  readonly message: string;
}

export interface YamlDocument {
  /** Undefined where the text holds nothing, or where it could not be read to its end. */
  readonly root: YamlNode | undefined;
  readonly errors: readonly YamlError[];
  /** How many more errors there are. */
  readonly omitted: number;
  /** Line and column of an offset into the text, from 1. */
  readonly position: (offset: number) => { line: number; column: number };
}

export function parseYaml(text: string): YamlDocument {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const { contents, faults, omitted } = composeYaml(text, lines);
  const errors: YamlError[] = faults.map((fault) => ({ ...fault, path: [] }));
  const root = contents && new Converter(errors).convertRoot(contents);
  return {
    root,
    errors,
    omitted,
    position: (offset) => {
      const { line, col } = lines.linePos(offset);
      return { line, column: col };
    },
  };
}

/** Ends the conversion of a document that is too large once its aliases are replaced. */
class TooLarge extends Error {}

/** Turns the library's nodes into ours. */
class Converter {
  private readonly anchors = new Map<string, Node>();
  /** Anchors of the collections that are being converted: an alias to one of them would have no end. */
  private readonly open = new Set<string>();
  private readonly path: (string | number)[] = [];
  private count = 0;

  constructor(private readonly errors: YamlError[]) {}

  convertRoot(contents: Node): YamlNode | undefined {
    try {
      return this.convert(contents);
    } catch (error) {
      if (error instanceof TooLarge) return undefined;
      throw error;
    }
  }

  private convert(node: Node): YamlNode {
    const offset = offsetOf(node);
    this.count += 1;
    if (this.count > MAX_NODES) {
      this.fail(offset, `found more than ${MAX_NODES} values once aliases are replaced, expected fewer`);
      throw new TooLarge();
    }
    if (this.path.length > MAX_DEPTH) {
      this.errors.push({ offset, path: [], message: TOO_DEEP });
      throw new TooLarge();
    }
    if (isAlias(node)) return this.convertAlias(node.source, offset);
    const anchor = 'anchor' in node ? node.anchor : undefined;
    if (anchor === undefined) return this.convertValue(node, offset);
    const first = this.anchors.get(anchor) ?? node;
    if (first !== node) this.fail(offset, `found a second anchor ${quote(anchor)}, expected one of each name`);
    this.anchors.set(anchor, first);
    this.open.add(anchor);
    const value = this.convertValue(node, offset);
    this.open.delete(anchor);
    return value;
  }

  private convertAlias(name: string, offset: number): YamlNode {
    const node = this.anchors.get(name);
    if (node !== undefined && !this.open.has(name)) return this.convert(node);
    this.fail(
      offset,
      node === undefined
        ? `found the alias ${quote(name)}, expected the anchor \`&${name}\` before it`
        : `found the alias ${quote(name)} within its own anchor, expected a value that ends`,
    );
    return { kind: 'scalar', offset, value: undefined };
  }

  private convertValue(node: Node, offset: number): YamlNode {
    if (isMap(node)) return this.convertMap(node, offset);
    if (isSeq(node)) return this.convertList(node, offset);
    return { kind: 'scalar', offset, value: isScalar(node) ? node.value : undefined };
  }

  private convertMap(map: YAMLMap, offset: number): YamlMap {
    // Without a prototype, so that no key has a meaning of its own.
    const value = Object.create(null) as Record<string, unknown>;
    const entries: YamlMap['entries'] = new Map();
    for (const { key, value: item } of map.items) {
      if (!isScalar(key) || typeof key.value !== 'string') {
        this.fail(isNode(key) ? offsetOf(key) : offset, 'found a key that is no text, expected a name');
        continue;
      }
      if (key.anchor !== undefined) this.fail(offsetOf(key), 'found an anchor on a key, expected it on a value');
      const name = key.value;
      const keyOffset = offsetOf(key);
      this.path.push(name);
      if (name === '<<') {
        this.fail(keyOffset, 'found a merge key, expected the keys themselves (an alias may stand for a whole value)');
      } else if (entries.has(name)) {
        this.fail(keyOffset, 'found this key a second time, expected each key once');
      } else {
        const converted: YamlNode = isNode(item)
          ? this.convert(item)
          : { kind: 'scalar', offset: keyOffset, value: null };
        entries.set(name, { keyOffset, node: converted });
        value[name] = converted.value;
      }
      this.path.pop();
    }
    return { kind: 'map', offset, value, entries };
  }

  private convertList(list: YAMLSeq, offset: number): YamlList {
    const items = list.items.map((item, index): YamlNode => {
      this.path.push(index);
      const converted: YamlNode = isNode(item) ? this.convert(item) : { kind: 'scalar', offset, value: null };
      this.path.pop();
      return converted;
    });
    return { kind: 'list', offset, items, value: items.map((item) => item.value) };
  }

  private fail(offset: number, message: string): void {
    this.errors.push({ offset, path: [...this.path], message });
  }
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
