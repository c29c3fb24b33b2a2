/**
 * Holds src/ together: which file imports which, where files import each other in a circle, and where a room imports from one that house.js
 * does not let it know. An import of a type alone counts like any other, since a reader has to follow it all the same.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { packageRoot } from '../../src/packageRoot.js';

/** What house.js says. */
export interface Plan {
  /** By room, the rooms that it may import from beside itself. */
  readonly rooms: Readonly<Record<string, readonly string[]>>;
  /** Rooms that may import from all. */
  readonly openRooms: readonly string[];
  /** By folder within a room, the rooms that may import from it. */
  readonly innerRooms: Readonly<Record<string, readonly string[]>>;
}

/** One import of another file of the tree. Files are named by their path in the tree, with slashes: `ctf/elf.ts`. */
export interface Import {
  readonly from: string;
  readonly to: string;
  /** Counted from 1. */
  readonly line: number;
}

export interface Tree {
  readonly files: readonly string[];
  readonly imports: readonly Import[];
}

/** @returns what house.js of this project says, and the project's own tree */
export async function readHouse(): Promise<{ plan: Plan; tree: Tree }> {
  const plan = (await import(pathToFileURL(join(packageRoot, 'house.js')).href)) as Plan;
  return { plan, tree: readTree(join(packageRoot, 'src')) };
}

/** Reads the imports of all .ts files in a folder. Throws for a relative import that leads to no such file. */
export function readTree(folder: string): Tree {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.split(sep).join('/'))
    .sort();
  const known = new Set(files);
  const imports = files.flatMap((from) =>
    importsOf(readFileSync(join(folder, from), 'utf8')).map(({ specifier, line }) => {
      const to = relative(folder, join(folder, dirname(from), specifier))
        .split(sep)
        .join('/')
        .replace(/\.js$/, '.ts');
      if (!known.has(to)) throw new Error(`${from}:${line} imports ${specifier}, which is no file of the tree`);
      return { from, to, line };
    }),
  );
  return { files, imports };
}

/** The relative imports in a file's text, of whatever form: `import`, `export … from`, `import()`, and `import()` in a type. */
export function importsOf(text: string): { specifier: string; line: number }[] {
  const source = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, false);
  const found: { specifier: string; line: number }[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteralLike(specifier) && specifier.text.startsWith('.')) {
      found.push({
        specifier: specifier.text,
        line: source.getLineAndCharacterOfPosition(specifier.getStart(source)).line + 1,
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  return undefined;
}

/**
 * The groups of files that import each other in a circle: from each file of a group a way of imports leads to each other one and back.
 * Files within a group are sorted, and so are the groups.
 */
export function cycles({ files, imports }: Tree): string[][] {
  const next = nextFiles(imports);
  const reached = new Map(files.map((file) => [file, reachableFrom(file, next)]));
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const group = files.filter((other) => reached.get(file)?.has(other) && reached.get(other)?.has(file));
    if (group.length > 0) groups.set(group.join(' '), group);
  }
  return [...groups.values()];
}

/** A line for each group of cycles(): the shortest way from its first file back to it. */
export function describeCycle({ imports }: Tree, group: readonly string[]): string {
  const [start = ''] = group;
  const within = imports.filter(({ from, to }) => group.includes(from) && group.includes(to));
  const next = nextFiles(within);
  const ways: string[][] = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const file of next.get(way.at(-1) ?? '') ?? []) {
      if (file === start) {
        const others = group.filter((one) => !way.includes(one));
        const more = others.length === 0 ? '' : ` (in the same knot: ${others.join(', ')})`;
        return `cycle: ${[...way, start].join(' → ')}${more}`;
      }
      if (!seen.has(file)) ways.push([...way, file]);
      seen.add(file);
    }
  }
  throw new Error(`${start} is in no cycle`);
}

/** A line for each import from a room that the importing one may not know, and for each room that the plan does not have. */
export function againstDirection({ files, imports }: Tree, { rooms, openRooms, innerRooms }: Plan): string[] {
  const unknown = [...new Set(files.map(roomOf))].filter(
    (room) => room !== undefined && !(room in rooms) && !openRooms.includes(room),
  );
  const problems = unknown.map((room) => `house.js does not say what the room ${room}/ may import from`);
  for (const { from, to, line } of imports) {
    const [own, other] = [roomOf(from), roomOf(to)];
    for (const [folder, allowed] of Object.entries(innerRooms)) {
      if (!to.startsWith(`${folder}/`) || from.startsWith(`${folder}/`) || allowed.includes(own ?? '')) continue;
      problems.push(`${from}:${line} imports ${to}, but only ${allowed.join(', ')} may import from ${folder}/`);
    }
    if (own === undefined || other === undefined || own === other) continue;
    const allowed = rooms[own];
    if (allowed === undefined || allowed.includes(other)) continue;
    const those = allowed.length === 0 ? 'no other room' : `${allowed.join(', ')} only`;
    problems.push(`${from}:${line} imports ${to}, but ${own}/ may import from ${those}`);
  }
  return problems;
}

/** The folder of the tree that a file lies in, however deep; undefined for a file directly in the tree. */
function roomOf(file: string): string | undefined {
  const end = file.indexOf('/');
  return end === -1 ? undefined : file.slice(0, end);
}

function nextFiles(imports: readonly Import[]): Map<string, Set<string>> {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of imports) next.set(from, (next.get(from) ?? new Set<string>()).add(to));
  return next;
}

/** All files that the imports of a file lead to; the file itself is among them only where they lead back to it. */
function reachableFrom(file: string, next: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const reached = new Set<string>(next.get(file));
  for (const one of reached) for (const further of next.get(one) ?? []) reached.add(further);
  return reached;
}
