/**
 * What a running kernel says of a struct that each CPU has, besides the structs themselves: that one has the id of its CPU, and sysctls that
 * tell a member's value on each.
 */
import { WORD_BYTES, type KernelAddress } from '../kernel/address.js';
import { cpuTruth, type CpuTruth } from '../kernel/counterSysctls.js';
import { answersOf, toldIn, type Answers } from '../kernel/told.js';
import { ATTEMPTS, EquationError, type Agreement, type ToldKernel } from './equations.js';
import type { LayoutMember } from './structLayout.js';

/** A member that is the id of the CPU whose struct it is in, 32 bits. */
const ID_MEMBER = 'pc_cpuid';

/** One 64-bit value of each CPU. */
interface Equation {
  readonly member: LayoutMember;
  /** Bytes from the member's start. */
  readonly at: number;
  readonly truth: CpuTruth;
}

/**
 * Holds the structs at `copies` against all that the kernel tells of them.
 * @throws EquationError where something does not hold; KvmError where the kernel could not be asked
 */
export function testCopies(
  { memory, sysctls }: ToldKernel,
  { name, copies }: { readonly name: string; readonly copies: ReadonlyMap<number, KernelAddress> },
  members: readonly LayoutMember[],
): Agreement {
  const equations = members.flatMap((member) => equationsOf(name, member));
  if (equations.length === 0) return 'none';
  const id = members.find((member) => member.name === ID_MEMBER);
  const extent = Math.max(...equations.map(({ member, at }) => member.offset + at + WORD_BYTES), (id?.offset ?? 0) + 4);
  const read = (address: KernelAddress): Buffer => {
    const bytes = Buffer.alloc(extent);
    memory.read(address, bytes);
    return bytes;
  };
  const ask = (): Answers => {
    const answers = answersOf(
      sysctls,
      equations.map(({ truth }) => truth.sysctl),
    );
    for (const [sysctl, bytes] of answers) if (bytes === undefined) throw new EquationError(`there is no ${sysctl}`);
    return answers;
  };
  let wrong = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = ask();
    const structs = [...copies].map(([cpu, address]) => ({ cpu, bytes: read(address) }));
    const after = ask();
    const stranger = structs.find(({ cpu, bytes }) => id !== undefined && bytes.readUInt32LE(id.offset) !== cpu);
    if (stranger !== undefined) throw new EquationError(`${ID_MEMBER} is not the id of CPU ${stranger.cpu}`);
    const broken = equations.find((equation) => !structs.every((struct) => agrees(equation, struct, before, after)));
    if (broken === undefined) return 'names';
    wrong = `${broken.member.name} is not what ${broken.truth.sysctl} says`;
  }
  throw new EquationError(wrong);
}

function equationsOf(symbol: string, member: LayoutMember): Equation[] {
  const truth = cpuTruth(symbol, member.name);
  if (truth === undefined) return [];
  return Array.from({ length: member.count ?? 1 }, (_, index) => ({ member, at: WORD_BYTES * index, truth }));
}

/** A CPU's part only grows, so that what is read between two answers lies between them. */
function agrees(
  { member, at, truth: { sysctl, stride } }: Equation,
  { cpu, bytes }: { readonly cpu: number; readonly bytes: Buffer },
  before: Answers,
  after: Answers,
): boolean {
  const told = (answers: Answers): bigint => {
    const answer = toldIn(answers.get(sysctl), { sysctl, offset: cpu * stride + at, bits: 64 });
    if (answer === undefined) throw new EquationError(`${sysctl} does not tell CPU ${cpu}`);
    return answer;
  };
  const value = bytes.readBigUInt64LE(member.offset + at);
  return told(before) <= value && value <= told(after);
}
