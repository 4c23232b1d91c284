/** Generous: a loaded machine is slow, and only a failing test waits so long. */
const LIMIT_MS = 60_000;
const POLL_MS = 25;

/**
 * Calls `look` again and again until it neither throws nor rejects, and gives its result. After
 * `limitMs` (default 60 s) it rejects with `awaited` and the last failure.
 */
export async function eventually<Found>(
  awaited: string,
  look: () => Found | Promise<Found>,
  limitMs: number = LIMIT_MS,
): Promise<Found> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    try {
      return await look();
    } catch (cause) {
      if (performance.now() > deadlineMs) {
        throw new Error(`not within ${limitMs} ms: ${awaited}: ${String(cause)}`, { cause });
      }
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
