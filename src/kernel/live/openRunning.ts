/** Opens the running kernel through libkvm(3), or what stands in for it. */
import { baseSystemLibraries } from '../libkvm/functions.js';
import { Handle } from '../libkvm/handle.js';
import type { RunningSource } from '../source.js';
import { bindRunning, type RunningFunctions } from './runningFunctions.js';

/** Read-only. Throws KernelOpenError, whose message says what to do. */
export function openRunning(source: RunningSource): Handle<RunningFunctions> {
  const standIn = source === 'live' ? undefined : source;
  return Handle.open({
    libraries: standIn === undefined ? baseSystemLibraries : { libkvm: standIn.library, libc: standIn.library },
    bind: bindRunning,
    execfile: standIn?.execfile ?? null,
    corefile: standIn?.corefile ?? null,
    advise: withRemedy,
  });
}

/** libkvm's own text with what to do about it. */
function withRemedy(text: string): string {
  if (text.includes('Permission denied')) {
    return `${text}; run as root or as a member of group kmem (pw groupmod kmem -m USER)`;
  }
  if (text.includes('/dev/') && text.includes('No such file')) {
    return `${text}; in a jail, unhide mem and kmem in devfs.rules(5) (add path mem unhide, add path kmem unhide)`;
  }
  return text;
}
