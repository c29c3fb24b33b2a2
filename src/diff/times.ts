/** Times as a report tells them. */

const STEPS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const;

/** Such as 2026-11-28 08:18:53 UTC. @param seconds since the epoch */
export function isoText(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `${seconds} s after 1970`;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Such as 2 d 3 h 10 min 5 s; with tenths below a minute. */
export function spanText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  let left = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of STEPS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  if (left > 0) parts.push(`${left} s`);
  return parts.join(' ');
}
