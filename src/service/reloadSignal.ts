/** SIGHUP, by which an administrator asks for the config to be read again; it may come before there is anything to reload. */
export class ReloadSignal {
  private handler: (() => void) | undefined;
  private isDue = false;
  private readonly receive = (): void => {
    if (this.handler === undefined) this.isDue = true;
    else this.handler();
  };

  /** From now on the signal does not end the process. */
  constructor() {
    process.on('SIGHUP', this.receive);
  }

  /** Calls `handler` for each signal, and for those that came already. */
  handleBy(handler: () => void): void {
    this.handler = handler;
    if (this.isDue) handler();
  }

  close(): void {
    process.off('SIGHUP', this.receive);
  }
}
