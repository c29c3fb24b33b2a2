/** What planning asks of layouts, which stand in for types that the kernel's files do not tell. */
import type { ProvenLayouts } from '../layouts/provenLayouts.js';

export type LayoutSource = Pick<ProvenLayouts, 'typesFor' | 'check' | 'fileListTypes' | 'symbols'>;
