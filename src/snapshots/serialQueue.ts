/** Runs asynchronous work one piece after the other, in the order in which it was given. */
export class SerialQueue {
  private last: Promise<unknown> = Promise.resolve();
  /** Pieces that are not done. */
  private pieces = 0;

  /** True where more than the piece that is under way is to be done. */
  get isWaitedFor(): boolean {
    return this.pieces > 1;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    this.pieces++;
    const result = this.last.then(work);
    // Whoever comes next waits for the end of it, not for its success.
    const done = (): void => {
      this.pieces--;
    };
    this.last = result.then(done, done);
    return result;
  }
}
