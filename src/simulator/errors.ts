/** What keeps the simulator from starting, told to the user in one line. */
export class SimulatorError extends Error {
  override readonly name = 'SimulatorError';
}
