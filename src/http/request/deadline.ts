/** How long a scrape may take: Prometheus says when it will give up, and an answer that comes later is of no use to it. */

/** The longest time that a timer can wait; a later deadline is none. */
const MAX_MS = 2 ** 31 - 1;

/**
 * Milliseconds until the answer must be on its way; undefined where the client does not say.
 *
 * @param header the value of X-Prometheus-Scrape-Timeout-Seconds
 * @param offset seconds that the way back is given; nothing where it is not less than the whole timeout
 */
export function deadlineOf(header: string | undefined, offset: number): number | undefined {
  const timeout = Number(header);
  if (!(timeout > 0)) return undefined;
  const milliseconds = Math.round(1000 * (timeout > offset ? timeout - offset : timeout));
  return milliseconds > MAX_MS ? undefined : milliseconds;
}

/**
 * What `work` gives, or undefined where that is not there in time. The work goes on.
 *
 * @param discard gets what came too late
 */
export function beforeDeadline<T>(
  work: Promise<T>,
  milliseconds: number | undefined,
  discard: (late: T) => void,
): Promise<T | undefined> {
  if (milliseconds === undefined) return work;
  const begin = performance.now();
  return new Promise((resolve) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      resolve(undefined);
    }, milliseconds);
    // After the deadline, a failure changes nothing: others wait for the same work, and are told.
    void work.then(
      (value) => {
        clearTimeout(timer);
        // A read that held up the event loop held up the timer, too.
        isLate ||= performance.now() - begin > milliseconds;
        if (isLate) discard(value);
        resolve(isLate ? undefined : value);
      },
      () => {
        clearTimeout(timer);
        // Rejects as the work did.
        resolve(work);
      },
    );
  });
}
