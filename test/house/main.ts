/**
 * Checks that no files of src/ import each other in a circle, and that no room imports from one that house.js does not let it know:
 *
 *   npm run house
 *
 * Prints how much was looked at, or a line for each fault; then the exit code is 1.
 */
import { againstDirection, cycles, describeCycle, readHouse } from '../support/house.js';

const { plan, tree } = await readHouse();
const faults = [...cycles(tree).map((group) => describeCycle(tree, group)), ...againstDirection(tree, plan)];
if (faults.length === 0) {
  console.log(`${tree.files.length} files, ${tree.imports.length} imports: no cycle, none against the direction`);
} else {
  for (const fault of faults) console.error(fault);
  process.exitCode = 1;
}
