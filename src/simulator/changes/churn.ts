/**
 * Has interfaces and jails of a simulated kernel come, go and change their names for as long as it runs. Usage:
 *
 *     node churn.js IMAGE SPEC [LOG [PER_SECOND [SEED]]]
 *
 * SPEC is the simulator's spec in JSON; PER_SECOND is how many changes, or 0 for as many as it can. Prints "ready" before the first one and
 * ends when its standard input does, with how many there were. A line of LOG tells of one change: `BEGIN END add|remove|rename NAME [TO]`, or the
 * same with `jail` before the name. The times are nanoseconds of the clock that process.hrtime() reads in every process, so that what has come was
 * there for certain after its END, and what goes until its BEGIN.
 */
import { appendFileSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { ImageFile } from '../image.js';
import { Random } from '../memory/random.js';
import type { SimulatorSpec } from '../spec.js';
import { KernelChanges } from './kernelChanges.js';

/** Lines that are held back before they are written. */
const LINES = 200;

class Churn {
  changes = 0;
  private readonly random: Random;
  private readonly own = new Set<string>();
  private readonly ownJails = new Set<string>();
  private lines: string[] = [];
  private named = 0;

  constructor(
    private readonly kernel: KernelChanges,
    private readonly log: string | undefined,
    seed: number,
  ) {
    this.random = new Random(seed);
  }

  /** One change of what this program has brought itself; what was there at boot stays. */
  change(): void {
    const which = this.random.bits() % 20;
    if (which === 0) this.changeJails();
    else if (which === 1 && this.own.size > 0) this.rename();
    else if (this.own.size > 0 && (which < 11 || !this.kernel.canAddInterface)) this.remove();
    else if (this.kernel.canAddInterface) this.add();
    else this.changeJails();
  }

  flush(): void {
    if (this.log !== undefined && this.lines.length > 0) appendFileSync(this.log, this.lines.join(''));
    this.lines = [];
  }

  private add(): void {
    const name = `tap${this.named++ % 100_000}`;
    if (this.own.has(name)) return;
    this.did(`add ${name}`, () => {
      this.kernel.addInterface(name);
    });
    this.own.add(name);
  }

  private remove(): void {
    const name = this.pick(this.own);
    this.did(`remove ${name}`, () => {
      this.kernel.removeInterface(name);
    });
    this.own.delete(name);
  }

  private rename(): void {
    const name = this.pick(this.own);
    const to = `wg${this.named++ % 100_000}`;
    if (this.own.has(to)) return;
    this.did(`rename ${name} ${to}`, () => {
      this.kernel.renameInterface(name, to);
    });
    this.own.delete(name);
    this.own.add(to);
  }

  private changeJails(): void {
    const { jails } = this.kernel;
    if (this.ownJails.size > 0 && (this.random.bits() % 2 === 0 || !this.kernel.canAddJail)) {
      const name = this.pick(this.ownJails);
      this.did(`remove jail ${name}`, () => {
        jails.remove(name);
      });
      this.ownJails.delete(name);
    } else if (this.kernel.canAddJail) {
      const name = `churn${this.named++}`;
      const sharesVnet = !this.kernel.canAddVnet;
      this.did(`add jail ${name}`, () => {
        jails.add(name, { sharesVnet });
      });
      this.ownJails.add(name);
    }
  }

  private did(what: string, change: () => void): void {
    const begin = process.hrtime.bigint();
    change();
    this.changes++;
    this.lines.push(`${begin} ${process.hrtime.bigint()} ${what}\n`);
    if (this.lines.length >= LINES) this.flush();
  }

  private pick(names: ReadonlySet<string>): string {
    return [...names][this.random.bits() % names.size] ?? '';
  }
}

async function main([path, specText, log, perSecond, seed]: readonly string[]): Promise<void> {
  if (path === undefined || specText === undefined)
    throw new Error('usage: churn IMAGE SPEC [LOG [PER_SECOND [SEED]]]');
  const image = new ImageFile(path);
  const kernel = new KernelChanges(image, JSON.parse(specText) as SimulatorSpec);
  const churn = new Churn(kernel, log === '' ? undefined : log, Number(seed ?? 1));
  const rate = Number(perSecond ?? 0);
  const state = { ended: false };
  process.stdin.on('end', () => (state.ended = true)).resume();
  process.stdout.write('ready\n');
  const start = performance.now();
  while (!state.ended) {
    churn.change();
    const ahead = rate === 0 ? 0 : (churn.changes / rate) * 1000 - (performance.now() - start);
    if (ahead > 1) await delay(ahead);
    // Its standard input is looked at now and then.
    else if (churn.changes % 16 === 0) await nextTurn();
  }
  churn.flush();
  process.stdout.write(`${churn.changes}\n`);
  image.close();
}

await main(process.argv.slice(2));
