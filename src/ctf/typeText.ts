/** Spells a type as C declares it, for messages and tables: `counter_u64_t [41]`, `const struct vnet *`, `int (*)()`. */
import type { CtfType, CtfTypes } from './types.js';

/** Pointers to pointers and the like; what is deeper is shown as an ellipsis. */
const MAX_DEPTH = 16;

export function typeText(types: CtfTypes, type: CtfType): string {
  return declare(types, type, '', 0);
}

/** @param declarator what C would write around the name: `*`, `[4]`, `(*)()` */
function declare(types: CtfTypes, type: CtfType, declarator: string, depth: number): string {
  if (depth > MAX_DEPTH) return '…';
  const next = (id: number, inner: string): string => declare(types, types.type(id), inner, depth + 1);
  switch (type.kind) {
    case 'pointer':
      return next(type.target, `*${declarator}`);
    case 'array':
      return next(type.element, `${grouped(declarator)}[${type.count}]`);
    case 'function':
      return next(type.returns, `${grouped(declarator)}()`);
    case 'const':
    case 'volatile':
    case 'restrict': {
      const target = types.type(type.target);
      // `const` of a pointer stands behind the star, of anything else in front.
      if (target.kind !== 'pointer') return `${type.kind} ${declare(types, target, declarator, depth + 1)}`;
      return next(target.target, `*${type.kind}${declarator === '' ? '' : ` ${declarator}`}`);
    }
    case 'struct':
    case 'union':
    case 'enum':
      return withDeclarator(`${type.kind} ${type.name === '' ? '{…}' : type.name}`, declarator);
    case 'forward':
      return withDeclarator(`struct ${type.name}`, declarator);
    case 'void':
    case 'integer':
    case 'float':
    case 'typedef':
      return withDeclarator(type.name, declarator);
  }
}

function grouped(declarator: string): string {
  return declarator.startsWith('*') ? `(${declarator})` : declarator;
}

function withDeclarator(base: string, declarator: string): string {
  return declarator === '' ? base : `${base} ${declarator}`;
}
