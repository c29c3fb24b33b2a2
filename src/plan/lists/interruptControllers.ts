/** Which kind of controller a struct pic is of, by the function that it has for sending a source elsewhere. They are made at boot, and stay. */
import { addressPlus, isKernelAddress, type KernelAddress } from '../../kernel/address.js';
import { KvmError } from '../../kernel/errors.js';
import { readInteger } from '../../kernel/integers.js';
import type { FollowedKernel } from '../instances/instance.js';
import type { InterruptControllerPlan, InterruptSourcesPlan } from './interruptsPlan.js';

export class InterruptControllers {
  /** By that function. */
  private kinds: ReadonlyMap<bigint, InterruptControllerPlan> | undefined;
  /** By the address of the struct pic. */
  private readonly known = new Map<bigint, InterruptControllerPlan | undefined>();

  constructor(
    private readonly plan: Pick<InterruptSourcesPlan, 'assign' | 'controllers'>,
    private readonly kernel: FollowedKernel,
  ) {}

  /** Undefined for one of another kind, of which it is not known where it sends what it gets. Throws KvmError where that cannot be told. */
  of(pic: bigint): InterruptControllerPlan | undefined {
    if (this.known.has(pic)) return this.known.get(pic);
    if (!isKernelAddress(pic)) return undefined;
    const kind = this.kindOf(pic);
    this.known.set(pic, kind);
    return kind;
  }

  private kindOf(pic: KernelAddress): InterruptControllerPlan | undefined {
    this.kinds ??= this.findKinds();
    return this.kinds.get(this.assignerOf(pic));
  }

  private findKinds(): ReadonlyMap<bigint, InterruptControllerPlan> {
    const kinds = new Map<bigint, InterruptControllerPlan>();
    for (const controller of this.plan.controllers) {
      const template = this.kernel.symbols.resolve(controller.template);
      if (template === undefined) continue;
      const assigner = this.assignerOf(template.address);
      if (!isKernelAddress(assigner) || kinds.has(assigner)) {
        throw new KvmError('kvm_read', `${controller.template} has no function of its own`);
      }
      kinds.set(assigner, controller);
    }
    return kinds;
  }

  private assignerOf(pic: KernelAddress): bigint {
    return readInteger(this.kernel.memory, addressPlus(pic, this.plan.assign.offset));
  }
}
