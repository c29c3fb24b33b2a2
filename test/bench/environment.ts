/** What the benchmark tells the servers that it starts, and what they tell it. */

/** The value of a variable that the benchmark sets for its servers. */
export function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set; the benchmark's main.ts starts this program`);
  return value;
}

/** Tells the benchmark where to scrape. */
export function announce(url: string): void {
  console.log(`listening ${url}`);
}

/** CPU time of the whole process so far, all threads, user and system, in microseconds, as getrusage(2) tells it. */
export function cpuMicroseconds(): string {
  const { user, system } = process.cpuUsage();
  return `${user + system}\n`;
}
