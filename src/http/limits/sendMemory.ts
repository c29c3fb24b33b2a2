/**
 * The memory of documents that are being sent. Each document is one for all who get it, and stays as long as one of them has not taken it
 * all: so that clients that hardly read do not keep every document of the last two minutes, the one that has taken nothing for the longest
 * time is cut where all of them together keep too much.
 */

/** Bytes that documents may take while they are being sent, or ... */
const MOST_BYTES = 1 << 26;
/** ... so many times the document that is sent last: one in each format of this read, and of the one before. */
const MOST_DOCUMENTS = 6;

export interface Sending {
  /** To be told when the client has taken something. */
  readonly progress: () => void;
  /** To be told when nothing is sent any more. */
  readonly done: () => void;
}

export class SendMemory {
  /** How many sendings need each piece of memory. */
  private readonly holders = new Map<ArrayBufferLike, number>();
  /** Each with what cuts it; that whose client has taken nothing for the longest time first. */
  private readonly sendings = new Map<Sending, () => void>();
  private held = 0;

  constructor(private readonly mostBytes = MOST_BYTES) {}

  /** Bytes that are kept by what is being sent. */
  get bytes(): number {
    return this.held;
  }

  /**
   * Counts a document as being sent, and cuts others where there is too much of them.
   *
   * @param cut ends the sending at once: it then tells that it is done
   */
  add(chunks: readonly Uint8Array[], cut: () => void): Sending {
    const buffers = new Set(chunks.map(({ buffer }) => buffer));
    let own = 0;
    for (const buffer of buffers) {
      own += buffer.byteLength;
      const before = this.holders.get(buffer) ?? 0;
      if (before === 0) this.held += buffer.byteLength;
      this.holders.set(buffer, before + 1);
    }
    const sending: Sending = {
      progress: () => {
        if (this.sendings.delete(sending)) this.sendings.set(sending, cut);
      },
      done: () => {
        if (!this.sendings.delete(sending)) return;
        for (const buffer of buffers) this.release(buffer);
      },
    };
    this.sendings.set(sending, cut);
    const most = Math.max(this.mostBytes, MOST_DOCUMENTS * own);
    for (const [other, cutOther] of this.sendings) {
      if (this.held <= most || other === sending) break;
      cutOther();
      other.done();
    }
    return sending;
  }

  private release(buffer: ArrayBufferLike): void {
    const left = (this.holders.get(buffer) ?? 1) - 1;
    if (left > 0) this.holders.set(buffer, left);
    else {
      this.holders.delete(buffer);
      this.held -= buffer.byteLength;
    }
  }
}
