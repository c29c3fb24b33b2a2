/** What can be wrong with a kernel's file and its type information, as errors of one printable line each. */

/** Longest message: names come from the file, and a hostile one may be as long as its string table. */
const MAX_MESSAGE = 400;

/** The file is not the ELF64 little-endian file that it should be, or is damaged. */
export class ElfError extends Error {
  override readonly name = 'ElfError';

  constructor(reason: string) {
    super(oneLine(reason));
  }
}

/** The type information is damaged, is of a form that is not read, or does not say what was asked. */
export class CtfError extends Error {
  override readonly name = 'CtfError';

  constructor(reason: string) {
    super(oneLine(reason));
  }
}

/** A kernel's or a module's file that could not be read, or that is not the one that runs; the message starts with its path. */
export class KernelFileError extends Error {
  override readonly name = 'KernelFileError';

  constructor(
    readonly path: string,
    readonly reason: string,
    cause?: unknown,
  ) {
    super(oneLine(`${path}: ${reason}`), { cause });
  }
}

/** The file is what it should be, as far as can be seen, and tells no types. */
export class NoTypesError extends KernelFileError {}

function oneLine(text: string): string {
  const printable = text.replaceAll(/[^\x20-\x7e\u00a1-\uffff]/g, '?');
  return printable.length <= MAX_MESSAGE ? printable : `${printable.slice(0, MAX_MESSAGE - 1)}…`;
}
