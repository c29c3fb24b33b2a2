/** What can go wrong between the exporter and libkvm(3), as errors that name the call and the symbol. */

/** A call into libkvm or libc that failed, or that was refused before it was made. */
export class KvmError extends Error {
  override readonly name = 'KvmError';

  /**
   * @param call the C function that failed
   * @param reason why, usually the text of kvm_geterr(3) or strerror(3)
   */
  constructor(
    readonly call: string,
    readonly reason: string,
  ) {
    super(`${call}: ${withoutAddresses(reason)}`);
  }
}

/** A symbol was found, and leads to no data: as good as none, now and later. */
export class NoDataError extends KvmError {}

/** It leads to the template that new copies are made from. */
export class TemplateError extends NoDataError {}

/** The kernel could not be opened; the message ends with what to do about it. */
export class KernelOpenError extends Error {
  override readonly name = 'KernelOpenError';
}

/** libkvm puts addresses into some of its texts; they would tell KASLR's slide to whoever reads the log or the page. */
export function withoutAddresses(text: string): string {
  return text.replaceAll(/0x[0-9a-f]+/gi, '0x…');
}
