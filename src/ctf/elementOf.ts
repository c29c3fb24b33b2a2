import type { CtfType, CtfTypes } from './types.js';

/** What an array has, or what a pointer leads to, without typedefs and qualifiers; undefined for what is neither. */
export function elementOf(file: Pick<CtfTypes, 'resolve'>, type: CtfType): CtfType | undefined {
  const resolved = file.resolve(type);
  if (resolved.kind === 'pointer') return file.resolve(resolved.target);
  return resolved.kind === 'array' ? file.resolve(resolved.element) : undefined;
}
