/** All fuzzers. Their shares add up to a million. */
import { acceptTarget } from './accept.js';
import { configTarget } from './config.js';
import { crashDumpTarget } from './crashDumps.js';
import { documentTarget } from './documents.js';
import { httpTarget } from './http.js';
import { kernelFileTarget } from './kernelFiles.js';
import { minidumpTarget } from './minidumps.js';
import type { Target } from './target.js';
import { webConfigTarget } from './webConfig.js';

export const MILLION = 1_000_000;
export const targets: readonly Target[] = [
  configTarget,
  webConfigTarget,
  kernelFileTarget,
  acceptTarget,
  documentTarget,
  httpTarget,
  minidumpTarget,
  crashDumpTarget,
];
