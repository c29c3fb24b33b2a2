/**
 * Which load of a file this is: a module that was unloaded and loaded again may have the id, the path and the address of the one before,
 * and yet be another file. kldstat(2) tells the first three; the kernel's own list of files (struct linker_file of <sys/linker.h>) has a
 * number that no two loads share, and is walked where the kernel's types tell how.
 */
import { KvmError } from '../errors.js';
import type { LoadGeneration } from '../loads.js';
import type { FileList } from '../linker/fileList.js';
import type { Linker } from './linker.js';

/** How often a walk is begun anew where files come and go under way. */
const MAX_WALKS = 4;

export class LoadGenerations {
  constructor(
    private readonly linker: Linker,
    private readonly list: FileList,
  ) {}

  /** The generation of each loaded file by its id. Throws KvmError where it can't be told. */
  look(): Map<number, LoadGeneration> {
    for (let walk = 0; walk < MAX_WALKS; walk++) {
      const files = this.list.files();
      // No two loads share the number, so that nothing else need be asked.
      if (files !== undefined) return new Map(files.map(({ id, load }) => [id, String(load)]));
      const before = this.linker.files();
      const generations = new Map<number, LoadGeneration>();
      for (const id of before) {
        const file = this.linker.file(id);
        if (file === undefined) continue;
        generations.set(id, `${id} ${file.address} ${file.size} ${file.path}`);
      }
      // What the list has before and after was there at one time.
      if (before.join() === [...generations.keys()].join() && before.join() === this.linker.files().join()) {
        return generations;
      }
    }
    throw new KvmError('kldstat', 'the list of loaded files changes faster than it can be read');
  }
}
