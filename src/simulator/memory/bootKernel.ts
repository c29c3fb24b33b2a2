/** From a spec to everything that an image file holds: a kernel whose symbols have their places and whose structures are filled. */
import type { Rebuilt } from '../model/symbols.js';
import type { SimulatorSpec } from '../spec.js';
import { fillContents } from './contents.js';
import { KernelImage } from './kernelImage.js';

export function bootKernel(spec: SimulatorSpec, rebuilt: Rebuilt = (layout) => layout): KernelImage {
  const kernel = new KernelImage(spec, rebuilt);
  fillContents(kernel);
  kernel.fillSlabs();
  return kernel;
}
