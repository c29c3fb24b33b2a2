/**
 * Keeps what a config asks of a kernel in step with it: as modules come and go, types, symbols and so the series do, too. What did not
 * change stays the same object, so that nobody has to begin anew with it.
 */
import { isDeepStrictEqual } from 'node:util';
import { FamilyNames } from '../config/familyNames.js';
import type { Config } from '../config/model.js';
import { KvmError } from '../kernel/errors.js';
import type { Kernel } from '../kernel/kernel.js';
import { loadsText } from '../kernel/loads.js';
import type { Modules } from '../kernel/modules.js';
import { Expander, type Expansion } from './expand.js';
import type { Rests } from './instances/instance.js';
import { layOutSeries, type LayoutParts, type Places, type SeriesLayout } from './layout.js';
import type { KnownPlace } from './lists/known.js';
import { ModuleFiles } from './moduleFiles.js';
import { ProvenShapes } from './provenShapes.js';
import { Resolution } from './resolution.js';
import { Retry } from './retry.js';
import type { LayoutSource } from './layoutSource.js';
import { TypeSource } from './typeSource.js';

export type PlannedKernel = Pick<Kernel, 'facts' | 'memory' | 'modules' | 'symbols'>;

/** What was found out of the kernel itself, whatever a config asks of it: it outlives the config. */
export class KernelKnowledge {
  readonly proven = new ProvenShapes();
  readonly moduleFiles: ModuleFiles;
  /** By list, of its elements: they keep their numbers. */
  readonly elements = new Map<string, KnownPlace>();

  /**
   * @param layouts what stands in for types that the kernel's files do not tell
   * @param kernelPath the kernel's file where it is not the one that the kernel names
   */
  constructor(
    readonly modules: Modules,
    readonly layouts: LayoutSource,
    readonly kernelPath: string | undefined,
  ) {
    this.moduleFiles = new ModuleFiles(modules);
  }
}

/** What is known of the config's entries at one time. */
interface Survey {
  readonly expansions: readonly Expansion[];
  /** The same, as it is laid out. */
  readonly parts: LayoutParts;
  readonly layout: SeriesLayout;
  readonly resolution: Resolution;
  /** The version of the resolution by which it was laid out. */
  readonly version: number;
  /** True where something could not be found out that may be known later. */
  readonly incomplete: boolean;
}

export class Planner {
  private survey: Survey;
  private readonly retry = new Retry();

  /**
   * @param now milliseconds of a clock that is never set, here and below
   * @param sumsAlone as in SeriesLayout
   */
  constructor(
    private readonly kernel: PlannedKernel,
    private readonly config: Config,
    private readonly knowledge: KernelKnowledge,
    now: number,
    private readonly sumsAlone = false,
  ) {
    this.survey = this.make(now);
  }

  get layout(): SeriesLayout {
    return this.survey.layout;
  }

  get resolution(): Resolution {
    return this.survey.resolution;
  }

  /** What takes too long to be done in one go, before refresh(). */
  prepare(rests: Rests): Promise<void> {
    return this.resolution.prepare(rests);
  }

  /** Brings all up to date before a read. */
  refresh(now: number): void {
    // With a file, types and so names and offsets may have come or gone.
    if (this.resolution.refresh(now)) this.survey = this.make(now);
    else if (this.survey.incomplete && this.retry.isDue(now)) this.complete(now);
    this.followInstances();
  }

  /** Asks again for what could not be found out, and takes the answers where there are any. */
  private complete(now: number): void {
    this.retry.tried(now);
    const again = this.make(now);
    if (again.layout !== this.layout) this.survey = again;
    else this.survey = { ...this.survey, incomplete: again.incomplete };
    if (!again.incomplete) this.retry.succeeded();
  }

  /** Instances may come and go without a file. */
  private followInstances(): void {
    const { version } = this.resolution;
    if (version === this.survey.version) return;
    const layout = layOut(this.survey.parts, this.resolution, this.layout);
    this.survey = { ...this.survey, layout, version };
  }

  private make(now: number): Survey {
    // What is expanded is resolved for reading, too.
    return this.kernel.symbols.once(() => this.expandAndResolve(now));
  }

  private expandAndResolve(now: number): Survey {
    const { modules, layouts, kernelPath, moduleFiles, proven, elements } = this.knowledge;
    const types = new TypeSource(modules, kernelPath, moduleFiles);
    // Before anything is looked up.
    const { loads, isListLearnt } = this.seeModules(types);
    const expander = new Expander(this.kernel, types, layouts, FamilyNames.of(this.config), proven);
    const before = this.survey as Survey | undefined;
    const expansions = this.config.entries.map((entry, index) => {
      const expansion = expander.expand(entry);
      const known = before?.expansions[index];
      return known !== undefined && isDeepStrictEqual(expansion, known) ? known : expansion;
    });
    const parts = {
      entries: expansions.map(({ entry }) => entry),
      faults: expansions.map(({ fault }) => fault),
      bases: expansions.map(({ basis }) => basis),
      follows: expansions.map((expansion) => expansion.follow),
      cpus: this.kernel.facts.cpus,
      sumsAlone: this.sumsAlone,
    };
    const version = before === undefined ? 0 : before.resolution.version + 1;
    const resolution = new Resolution(this.kernel, parts, now, loads, version, elements);
    const layout = layOut(parts, resolution, before?.layout);
    const incomplete = expander.incomplete || !isListLearnt;
    return { expansions, parts, layout, resolution, version: resolution.version, incomplete };
  }

  /** Which loads of which files there are, as loadsText() tells it; undefined where that can't be told now. See learnFileList() for the other. */
  private seeModules(types: TypeSource): { loads: string | undefined; isListLearnt: boolean } {
    const { modules, layouts, moduleFiles } = this.knowledge;
    try {
      const isListLearnt = types.learnFileList(layouts);
      const loads = modules.loads();
      moduleFiles.see(loads);
      return { loads: loadsText(loads), isListLearnt };
    } catch (error) {
      if (!(error instanceof KvmError)) throw error;
      return { loads: undefined, isListLearnt: false };
    }
  }
}

/** The layout before where it would be the same. */
function layOut(parts: LayoutParts, resolution: Resolution, before: SeriesLayout | undefined): SeriesLayout {
  const instances = resolution.places;
  const isSame =
    before !== undefined &&
    parts.entries.every((entry, index) => entry === before.entries[index]) &&
    parts.faults.every((fault, index) => fault === before.faults[index]) &&
    parts.bases.every((basis, index) => basis === before.bases[index]) &&
    parts.follows.every((follow, index) => follow === before.follows[index]) &&
    instances.every((places, index) => isSamePlaces(places, before.instances[index]!));
  return isSame ? before : layOutSeries(parts, instances, before);
}

function isSamePlaces(places: Places, before: Places): boolean {
  if (places.length !== before.length) return false;
  return places.every(({ labels, parts, sumsOnly, hasCopies, isElsewhere }, index) => {
    const known = before[index]!;
    return (
      parts === known.parts &&
      sumsOnly === known.sumsOnly &&
      hasCopies === known.hasCopies &&
      isElsewhere === known.isElsewhere &&
      (labels === known.labels || isDeepStrictEqual(labels, known.labels))
    );
  });
}
