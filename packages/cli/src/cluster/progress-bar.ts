import type { TextSink } from "../console-logger.ts";

export interface ProgressBar {
  /** `done` of `total`, whatever is counted. */
  update(done: number, total: number, text: string): void;
  /** Takes the bar away. */
  end(): void;
}

export interface ProgressBarOptions {
  readonly sink: TextSink;
  /** Milliseconds, monotonic. Default that of the process. */
  readonly nowMs?: () => number;
}

/** What is done sooner needs no bar. */
const SHOWN_AFTER_MS = 1_000;
const WIDTH = 24;

/** A bar on a terminal, for what takes longer than a second; nothing anywhere else. */
export function createProgressBar({
  nowMs = () => performance.now(),
  sink,
}: ProgressBarOptions): ProgressBar {
  const startMs = nowMs();
  let shown = "";
  return {
    update(done, total, text): void {
      if (sink.isTTY !== true || nowMs() - startMs < SHOWN_AFTER_MS) return;
      const share = total <= 0 ? 0 : Math.min(1, Math.max(0, done / total));
      const filled = Math.round(share * WIDTH);
      const bar = "#".repeat(filled) + "-".repeat(WIDTH - filled);
      const next = `[${bar}] ${Math.floor(share * 100)} % ${text}`;
      if (next === shown) return;
      shown = next;
      sink.write(`\r${next}\u001b[K`);
    },
    end(): void {
      if (shown !== "") sink.write("\r\u001b[K");
      shown = "";
    },
  };
}
