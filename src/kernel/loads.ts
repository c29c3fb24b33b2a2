/** Which files of a kernel are loaded, and which load of each it is: a module may go away and come back as another. */

/** Equal for two looks at a file only if it is the same load of it. */
export type LoadGeneration = string;

/** Which files are loaded, by their ids, and which load of each it is. */
export type Loads = ReadonlyMap<number, LoadGeneration>;

/** All the loads there are in one text, the same for as long as they are the same. */
export function loadsText(loads: Loads): string {
  return [...loads].map(([id, generation]) => `${id} ${generation}`).join('\n');
}
