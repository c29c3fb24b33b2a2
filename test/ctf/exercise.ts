/** Asks a file for all that the exporter asks one for, for tests with files that may be bad. */
import { CtfError, ElfError } from '../../src/ctf/errors.js';
import { leaves } from '../../src/ctf/members.js';
import { typeText } from '../../src/ctf/typeText.js';
import { isStruct, type CtfStruct } from '../../src/ctf/types.js';
import { parseImage } from './parseImage.js';

const drain = (fields: Iterable<unknown>): number => [...fields].length;

/** Asks for all that a file has; errors of this folder are fine. */
export function exercise(bytes: Uint8Array): 'read' | 'refused' {
  try {
    const file = parseImage(bytes);
    const structs: CtfStruct[] = [];
    for (let id = 0; id <= 300; id++) {
      tolerant(() => {
        const type = file.type(id);
        typeText(file, type);
        file.sizeOf(type);
        if (isStruct(type)) structs.push(type);
      });
    }
    for (const struct of structs) {
      tolerant(() => drain(leaves(file, struct)));
      tolerant(() => file.findStruct(struct.name));
    }
    tolerant(() => drain(file.objects()));
    tolerant(() => file.typeOfObject('vm_cnt'));
    return 'read';
  } catch (error) {
    if (error instanceof ElfError || error instanceof CtfError) return 'refused';
    throw error;
  }
}

function tolerant(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ElfError || error instanceof CtfError)) throw error;
  }
}
