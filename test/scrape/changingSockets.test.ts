/**
 * Covers: sockets that listen, from the search to the values, while sockets come and go between any two reads. Each value tells whose it is. A seed
 * that failed is run again with SOCKET_SEED, and for longer with SOCKET_ROUNDS.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import type { Facts } from '../../src/kernel/facts.js';
import type { Modules } from '../../src/kernel/modules.js';
import { layOutSeries, type SeriesLayout } from '../../src/plan/layout.js';
import { Resolution } from '../../src/plan/resolution.js';
import { compileTcp } from '../../src/plan/sockets/compileSockets.js';
import { Reading } from '../../src/scrape/reading.js';
import { Random } from '../../src/simulator/memory/random.js';
import { offsetOf } from '../../src/simulator/model/ctypes.js';
import type { ProfileName } from '../../src/simulator/profiles.js';
import { directReader } from '../support/directReader.js';
import { Pacer } from '../../src/snapshots/pacer.js';
import { entryOf, familyOf, fieldOf, reportOf } from '../support/entries.js';
import { rowsOf } from '../support/simulated.js';
import { CHAINS, noRests, SmallSockets } from '../support/smallSockets.js';

const ROUNDS = Number(process.env['SOCKET_ROUNDS'] ?? 400);
const PCBS = 40;
const SOCKETS = 14;
/** Addresses that several may listen on at once. */
const PORTS = 6;
/** Each value of a socket is a power of two of its own, so that a sum tells of whom it is one. */
const IDS = 28;
const MEMBERS = ['sol_qlen', 'sol_incqlen', 'sol_qlimit'] as const;
const PAGE = 4096;

/** Somebody who listens, from when that begins to when it ends. */
interface Life {
  readonly bit: bigint;
  readonly port: number;
  readonly pcb: bigint;
  readonly socket: bigint;
  readonly born: number;
  died: number;
}

class ChangingSockets {
  readonly sockets: SmallSockets;
  readonly lives: Life[] = [];
  now = 0;
  private readonly freePcbs: bigint[];
  private readonly freeSockets: bigint[];
  private readonly connected: bigint[] = [];
  private readonly freeBits = Array.from({ length: IDS }, (_, bit) => 1n << BigInt(bit));

  constructor(
    profile: ProfileName,
    private readonly random: (below: number) => number,
  ) {
    this.sockets = new SmallSockets(profile);
    this.freePcbs = Array.from({ length: PCBS }, () => this.sockets.newPcb());
    this.freeSockets = Array.from({ length: SOCKETS }, () => this.sockets.newSocket());
    for (let nth = 0; nth < PCBS / 2; nth++) this.connect();
  }

  get living(): Life[] {
    return this.lives.filter(({ died }) => died === Infinity);
  }

  /** Something that a kernel does: mostly with connections. */
  change(): void {
    this.now++;
    const what = this.random(10);
    if (what < 4) this.connect();
    else if (what < 8) this.disconnect();
    else if (what === 8 || this.living.length < PORTS) this.listen();
    else this.stop();
  }

  /** Those who stopped before this are of no matter any more: others may have their numbers. */
  forget(before: number): void {
    for (let at = this.lives.length - 1; at >= 0; at--) {
      const life = this.lives[at]!;
      if (life.died >= before) continue;
      this.lives.splice(at, 1);
      this.freeBits.push(life.bit);
    }
  }

  private connect(): void {
    const pcb = this.freePcbs.pop();
    if (pcb === undefined) return;
    this.sockets.connect(pcb, this.random(CHAINS));
    this.connected.push(pcb);
  }

  private disconnect(): void {
    const [pcb] = this.connected.splice(this.random(Math.max(1, this.connected.length)), 1);
    if (pcb === undefined) return;
    this.sockets.free(pcb, true);
    this.freePcbs.push(pcb);
  }

  private listen(): void {
    const bit = this.freeBits[0];
    if (bit === undefined || this.freePcbs.length === 0 || this.freeSockets.length === 0) return;
    const pcb = this.freePcbs.pop()!;
    const socket = this.freeSockets.pop()!;
    this.freeBits.shift();
    const port = 8000 + this.random(PORTS);
    const value = Number(bit);
    this.sockets.listen(pcb, socket, { port, queue: [value, value, value] });
    this.lives.push({ bit, port, pcb, socket, born: this.now, died: Infinity });
  }

  private stop(): void {
    const { living } = this;
    const life = living[this.random(Math.max(1, living.length))];
    if (life === undefined) return;
    life.died = this.now;
    this.sockets.free(life.pcb, false);
    this.freePcbs.push(life.pcb);
    this.freeSockets.push(life.socket);
  }
}

/** What reads them, as a scraper does. */
class Reader {
  private readonly resolution: Resolution;
  private layout: SeriesLayout;
  private reading: Reading | undefined;
  private readonly parts;
  private readonly kernel;

  constructor({ kernel, socket }: SmallSockets) {
    const { sockets } = compileTcp(kernel.types);
    const start = offsetOf(socket, 'use.sol.sol_qlen');
    const fields = MEMBERS.map((member, nth) =>
      fieldOf(familyOf(member, { cpu: 'sum', type: 'gauge' }), {
        cellOffset: start,
        access: { way: 'itself', itemSize: 12 },
        offset: 4 * nth,
        format: 'u32',
      }),
    );
    const entries = [entryOf('tcbinfo', fields, { kind: 'structures' })];
    const follow = { list: undefined, sockets: { ...sockets, limit: 100 }, interrupts: undefined, vnets: undefined };
    const follows = [{ ...follow, inAllVnets: false }];
    this.parts = { entries, faults: [undefined], bases: [], follows, cpus: [0] };
    const modules = { loads: () => new Map(), isCurrent: () => true } as unknown as Modules;
    const facts = { pageSize: PAGE, maxId: 0, cpus: [0] } as unknown as Facts;
    this.kernel = { facts, modules, memory: kernel.memory, symbols: kernel.symbols };
    this.resolution = new Resolution(this.kernel, this.parts, 0, '');
    this.layout = layOutSeries(this.parts, this.resolution.places);
  }

  get isWhole(): boolean {
    return this.resolution.troubles.size === 0;
  }

  /** Searches for what listens. */
  search(): Promise<void> {
    return this.resolution.prepare(noRests);
  }

  async read(time: number): Promise<{ member: string; port: number; sum: bigint }[]> {
    const { resolution, parts, kernel } = this;
    const { version } = resolution;
    resolution.refresh(time);
    if (resolution.version !== version) this.layout = layOutSeries(parts, resolution.places, this.layout);
    const { layout } = this;
    if (this.reading?.layout !== layout) {
      const reader = directReader(PAGE, 1);
      this.reading = new Reading({ kernel, reader, cost: { call: 100, byte: 1 }, choice: 'auto' }, layout);
    }
    await this.reading.read(resolution, new Pacer());
    const { words, states, origins } = this.reading;
    const values = rowsOf({ layout, words, states, origins, report: reportOf() });
    return layout.families.flatMap(({ family, from, to }) =>
      values.slice(from, to).flatMap((row, index) => {
        const port = Number(layout.rows[from + index]!.labels.find(({ name }) => name === 'port')!.value);
        return row === undefined ? [] : [{ member: family.name, port, sum: row.sum }];
      }),
    );
  }
}

const seed = Number(process.env['SOCKET_SEED'] ?? Date.now() % 1_000_000_007);

describe('sockets that come and go while they are read', () => {
  // A search takes no time, so that each round has one.
  before(() => mock.method(performance, 'now', () => 0));
  after(() => {
    mock.restoreAll();
  });

  for (const profile of ['amd64-14', 'amd64-15'] as const) {
    it(`have no value under another's labels, nor labels twice, and none is missing that was at rest: ${profile}`, async (test) => {
      const numbers = new Random(seed);
      const random = (below: number): number => Math.floor(numbers.between(0, below));
      const changing = new ChangingSockets(profile, random);
      const reader = new Reader(changing.sockets);
      const { memory } = changing.sockets.kernel;
      /** Those that a search met which came to the end of all chains, or that were published. */
      const known = new Set<Life>();
      const tally = { values: 0, searches: 0, restless: 0, missed: 0 };
      for (let round = 0; round < ROUNDS; round++) {
        const told = `SOCKET_SEED=${seed}, round ${round}`;
        for (let changes = random(6); changes > 0; changes--) changing.change();
        // From nothing between the reads to several changes before each.
        const often = [0, 0.03, 0.1, 0.4, 2][random(5)]! * 1000;
        memory.before = () => {
          for (let left = often; left > 0; left -= 1000) if (random(1000) < left) changing.change();
        };
        const beforeSearch = ++changing.now;
        await reader.search();
        const isWhole = reader.isWhole;
        tally[isWhole ? 'searches' : 'restless']++;
        const start = ++changing.now;
        if (isWhole) for (const life of changing.living) if (life.born < beforeSearch) known.add(life);
        const rows = await reader.read(1000 * round);
        memory.before = undefined;
        tally.values += rows.length;

        const series = rows.map(({ member, port }) => `${member} ${port}`);
        assert.equal(new Set(series).size, series.length, `${told}: ${series.join('; ')}`);
        for (const { member, port, sum } of rows) {
          const owners = changing.lives.filter(({ bit }) => (sum & bit) !== 0n);
          const all = owners.reduce((total, { bit }) => total | bit, 0n);
          assert.equal(all, sum, `${told}: ${member} of ${port} is ${sum}, which nobody is`);
          for (const owner of owners) {
            assert.equal(owner.port, port, `${told}: ${member} of ${port} has one of ${owner.port}`);
            assert.ok(owner.died > start, `${told}: ${member} of ${port} has one that stopped before it was read`);
            known.add(owner);
          }
          for (const life of known) {
            // One that came after it was looked for is there the next time; one that ends takes those on its address with it.
            if (life.port !== port || life.died !== Infinity) continue;
            assert.ok(owners.includes(life), `${told}: ${member} of ${port} lacks one that was at rest`);
          }
        }
        for (const life of known) {
          if (life.died !== Infinity) known.delete(life);
          else if (!rows.some(({ port }) => port === life.port)) {
            // Missing only where another on its address, which was known too, went meanwhile.
            const went = changing.lives.some(({ port, died }) => port === life.port && died > start && died < Infinity);
            assert.ok(went, `${told}: ${life.port} is missing`);
            tally.missed++;
          }
        }
        changing.forget(start);
      }
      test.diagnostic(
        `${tally.values} values, ${tally.searches} searches and ${tally.restless} that met no end of a chain, ${tally.missed} left out with another on their address`,
      );
      assert.ok(tally.values > ROUNDS);
    });
  }
});
