/**
 * Buffers for bodies, used again when nobody sends from them any more: a body of megabytes for each scrape would cost more in fresh pages
 * than in digits.
 */

/** Buffers kept for later: one is being sent while the next is filled. */
const KEPT = 2;

/** Bytes that are being sent, maybe by several responses. */
export class Body {
  private holders = 1;

  constructor(
    readonly buffer: Buffer,
    private readonly giveBack: (buffer: Buffer) => void,
  ) {}

  /** Keeps the bytes as they are until release() is called once more. */
  hold(): void {
    this.holders++;
  }

  release(): void {
    if (--this.holders === 0) this.giveBack(this.buffer);
  }
}

export class BodyPool {
  private free: Buffer[] = [];

  /** A body of at least that many bytes, of which one hold is the caller's. Its bytes are whatever was in them. */
  take(size: number): Body {
    const index = this.free.findIndex((buffer) => buffer.length >= size);
    // What is too small now will be so again: bodies rarely shrink.
    const [known] = index >= 0 ? this.free.splice(index, 1) : [];
    const buffer = known ?? Buffer.allocUnsafeSlow(size + (size >> 4));
    if (index < 0) this.free = [];
    return new Body(buffer, (done) => {
      if (this.free.length < KEPT) this.free.push(done);
    });
  }
}
