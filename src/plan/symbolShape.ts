/** What a symbol's values are and where they lie: by the kernel's own types where they tell it, else by a layout that is proven on this kernel. */
import type { TypedEntry } from '../config/model.js';
import { CtfError, ElfError, KernelFileError, NoTypesError } from '../ctf/errors.js';
import type { ObjectTypes } from '../ctf/types.js';
import { LayoutError, NoLayoutError, type LaidOutSymbol } from '../layouts/provenLayouts.js';
import type { Found } from './instances/instance.js';
import { kinds } from './kinds/registry.js';
import type { LayoutBasis } from './layoutBasis.js';
import type { LayoutSource } from './layoutSource.js';
import { counterShape, requireStruct, ShapeError, UntoldError, type Shape } from './shapes.js';
import type { TypeSource } from './typeSource.js';

export interface BasedShape {
  readonly shape: Shape;
  readonly basis: LayoutBasis;
}

/**
 * @throws ShapeError where the types say that the symbol is something else; KernelFileError, CtfError or ElfError where they cannot be had,
 *   and UntoldError where they do not tell, and no layout is proven either; KvmError where the kernel could not be asked
 */
export function symbolShape(entry: TypedEntry, symbol: Found, types: TypeSource, layouts: LayoutSource): BasedShape {
  try {
    const shape = shapeBy(types.typesFor(symbol.origin), entry, symbol);
    return { shape, basis: { source: 'ctf', proof: symbol.origin.inModule ? 'symbols' : 'build_id' } };
  } catch (error) {
    // Where a list or a table leads, only the kernel's own types tell.
    const isFollowed = [entry.list, entry.structure, entry.interrupts].some((rules) => rules !== undefined);
    if (!isUntold(error) || !mayStandIn(error, symbol) || isFollowed) throw error;
    try {
      const { types: laidOut, proof } = layouts.typesFor(laidOutSymbol(entry, symbol), entry.struct);
      return { shape: shapeBy(laidOut, entry, symbol), basis: { source: 'layout', proof, why: error.message } };
    } catch (layoutError) {
      if (!(layoutError instanceof LayoutError)) throw layoutError;
      const untold = withReason(error, layoutError.message);
      // A kernel without types is as it is, and there is nothing to be proven.
      if (error instanceof NoTypesError && layoutError instanceof NoLayoutError) throw new UntoldError(untold.message);
      throw untold;
    }
  }
}

export function laidOutSymbol({ symbol: name }: Pick<TypedEntry, 'symbol'>, { size, instances }: Found): LaidOutSymbol {
  const { cells, copies } = instances[0]?.where ?? {};
  return { name, size: copies !== undefined && size === 0 ? undefined : size, cells, copies };
}

function shapeBy(file: ObjectTypes, entry: TypedEntry, { origin, size }: Found): Shape {
  const { struct: tag, list, structure, interrupts } = entry;
  if (tag !== undefined && list === undefined && file.findStruct(tag) === undefined)
    requireCounters(file, origin.name, size);
  const struct = tag === undefined ? undefined : requireStruct(file, tag);
  return kinds[entry.kind].shapeOf({ file, origin, size, struct, list, structure, interrupts });
}

/** What the types tell of the symbol itself holds, whatever lays it out: an array of counters, all of it. Throws ShapeError where it is not. */
function requireCounters(file: ObjectTypes, name: string, size: number): void {
  const type = file.typeOfObject(name);
  if (type === undefined) return;
  const shape = counterShape(file, type);
  if (shape.kind !== 'value' || file.sizeOf(type) !== size) throw new ShapeError('its type is no array of counters');
}

type Untold = UntoldError | KernelFileError | CtfError | ElfError;

function isUntold(error: unknown): error is Untold {
  return [UntoldError, KernelFileError, CtfError, ElfError].some((type) => error instanceof type);
}

/**
 * The running kernel's release is known whatever became of its file. A module whose file is away, or is not the one that was loaded, may be of
 * any build: only the loaded one's own file can say that it tells no types.
 */
function mayStandIn(error: Untold, { origin }: Found): boolean {
  return !origin.inModule || error instanceof NoTypesError || error instanceof UntoldError;
}

/** The same error, which also says why no layout stands in for the types. */
function withReason(error: Untold, reason: string): Untold {
  const text = `${error instanceof KernelFileError ? error.reason : error.message}; ${reason}`;
  if (error instanceof KernelFileError) return new KernelFileError(error.path, text, error.cause);
  if (error instanceof UntoldError) return new UntoldError(text);
  return error instanceof CtfError ? new CtfError(text) : new ElfError(text);
}
