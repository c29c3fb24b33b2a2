/** The packs that come with the package, read once for all tests of a process: no test changes them. */
import { PackConfigs } from '../../src/config/packConfigs.js';

export const packConfigs = new PackConfigs();
