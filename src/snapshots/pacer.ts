/** Keeps long work from holding the event loop: it is done in slices, with a rest between them in which requests are handled. */

/** Milliseconds of work after which a rest is due. */
const SLICE = 5;

export class Pacer {
  private since = performance.now();

  /** True where work has gone on for a slice; then rest(). Cheap enough to ask every few microseconds. */
  due(): boolean {
    return performance.now() - this.since > SLICE;
  }

  async rest(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.since = performance.now();
  }
}

/**
 * Works on one after the other, in slices.
 * @param between how many are worked on before the clock is looked at
 */
export async function paced<T>(
  all: readonly T[],
  between: number,
  work: (one: T, index: number) => void,
): Promise<void> {
  const pacer = new Pacer();
  for (let index = 0; index < all.length; index++) {
    work(all[index]!, index);
    if (index % between === 0 && pacer.due()) await pacer.rest();
  }
}
