/** Which members of structs hold nothing that anybody wants to know. */

/** True for members that only fill a struct, or keep room in it for what may come. */
export function isPadding(path: string, isArray: boolean): boolean {
  return path
    .split('.')
    .some((name) => /^_|^(spare|pad)s?\d*$|_(spare|pad)s?\d*$/.test(name) || (isArray && name.includes('_spare')));
}
