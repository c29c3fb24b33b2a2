/** A read of many that fails is tried again in halves, until what is at fault is alone. */
import { KvmError } from '../kernel/errors.js';

/**
 * Reads the things from index `from` up to but not including `to`.
 *
 * @param read reads all of those together, or throws KvmError
 * @param failed is told of each that cannot be read even by itself
 */
export function readInHalves(
  from: number,
  to: number,
  read: (from: number, to: number) => void,
  failed: (index: number, error: KvmError) => void,
): void {
  try {
    read(from, to);
  } catch (error) {
    if (!(error instanceof KvmError)) throw error;
    if (to - from === 1) {
      failed(from, error);
      return;
    }
    const middle = (from + to) >> 1;
    readInHalves(from, middle, read, failed);
    readInHalves(middle, to, read, failed);
  }
}
