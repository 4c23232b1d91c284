/** Generous: a loaded machine is slow, and only a failing test waits so long. */
const LIMIT_MS = 60_000;
const POLL_MS = 20;

/**
 * Calls `look` again and again until it neither throws nor rejects nor gives false, and gives its
 * result. After `limitMs` (default 60 s) it rejects with `awaited` and the last failure.
 */
export async function eventually<Found>(
  awaited: string,
  look: () => Found | Promise<Found>,
  limitMs: number = LIMIT_MS,
): Promise<Exclude<Found, false>> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    let cause: unknown;
    try {
      const found = await look();
      if (found !== false) return found as Exclude<Found, false>;
    } catch (thrown) {
      cause = thrown;
    }
    if (performance.now() > deadlineMs) {
      const reason = cause === undefined ? "" : `: ${String(cause)}`;
      throw new Error(`not within ${limitMs} ms: ${awaited}${reason}`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
