/** Runs asynchronous work one piece after the other, in the order in which it was given. */
export class SerialQueue {
  private last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    // Whoever comes next waits for the end of it, not for its success.
    this.last = result.catch(() => undefined);
    return result;
  }
}
