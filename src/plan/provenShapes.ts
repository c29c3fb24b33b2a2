/**
 * What the kernel's types were seen to say of symbols. It stays true for as long as the symbol is the same, even where the file that told
 * it is replaced or gone: a kernel that runs does not change its layouts. So it is kept while modules come and go, and over a reload.
 */
import { CtfError } from '../ctf/errors.js';
import type { SymbolOrigin } from '../kernel/symbols.js';
import { ShapeError } from './shapes.js';

/** What was found, or what is wrong with it. */
type Outcome = { readonly found: unknown } | { readonly error: ShapeError | CtfError };

export class ProvenShapes {
  private readonly known = new Map<string, { readonly identity: string; readonly outcome: Outcome }>();

  /**
   * What `find` gives for a symbol, asked once for each load of its file. Throws what `find` throws, and again what is the types' own answer.
   * @param question has one kind of answer
   */
  of<T>(question: string, origin: SymbolOrigin, find: () => T): T {
    const { name, value, size, file } = origin;
    const identity = `${name} ${value} ${size} ${file?.generation ?? ''}`;
    let known = this.known.get(question);
    if (known?.identity !== identity) {
      known = { identity, outcome: outcomeOf(find) };
      this.known.set(question, known);
    }
    if ('error' in known.outcome) throw known.outcome.error;
    return known.outcome.found as T;
  }
}

function outcomeOf(find: () => unknown): Outcome {
  try {
    return { found: find() };
  } catch (error) {
    // Other errors are not what the types say, but that they could not be asked.
    if (error instanceof ShapeError || error instanceof CtfError) return { error };
    throw error;
  }
}
