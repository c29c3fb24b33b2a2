/** By what it is known where the values of an entry lie, in the words of the metric layout_info. */
import type { LayoutProof } from '../layouts/provenLayouts.js';

/**
 * `ctf`: by the types in the kernel's file, which has the running kernel's build id, or in a module's, whose symbols lie as the loaded ones do.
 * `layout`: by one of config/layouts/, proven as LayoutProof says. `offsets`: by what the config says itself, and `types`, sysctls that tell
 * the counters, or nothing bears it out.
 */
export type LayoutBasis =
  | { readonly source: 'ctf'; readonly proof: 'build_id' | 'symbols' }
  | {
      readonly source: 'layout';
      readonly proof: LayoutProof;
      /** Why the types do not tell. */
      readonly why: string;
    }
  | { readonly source: 'offsets'; readonly proof: 'types' | 'names' | 'words' | 'none' };

/** Such as `by ctf, proof build_id`. */
export function basisText(basis: LayoutBasis): string {
  const { source, proof } = basis;
  return `by ${source}, proof ${proof}${source === 'layout' ? ` (${basis.why})` : ''}`;
}
