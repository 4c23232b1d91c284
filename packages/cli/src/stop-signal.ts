import { assertNever } from "@caucus/base";

/** When a running command shall stop. */
export interface StopSignal {
  /** Settles with the reason: the name of the signal, or "parent". */
  readonly requested: Promise<string>;
  /** Puts the process back as it was. */
  dispose(): void;
}

export interface StopSignalOptions {
  /**
   * How the end of the parent process is noticed, which is a request to stop: `stdin` when it holds
   * the other end of standard input, `ppid` when it just started this process. Default not at all.
   */
  readonly parent?: "stdin" | "ppid" | undefined;
  /** Called at each further request to stop, half a second after the first or later. */
  readonly again: () => void;
}

/**
 * Ctrl+C reaches every process of a terminal, and npm sends it on once more: what comes so soon is
 * the same request.
 */
const SAME_REQUEST_MS = 500;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Watches SIGINT, SIGTERM and SIGHUP of this process, and its parent if asked to. */
export function watchStopSignals(options: StopSignalOptions): StopSignal {
  const { promise, resolve } = withResolver();
  let firstMs: number | undefined;
  const onSignal = (signal: string): void => {
    if (firstMs === undefined) {
      firstMs = performance.now();
      resolve(signal);
    } else if (performance.now() - firstMs > SAME_REQUEST_MS) {
      options.again();
    }
  };
  const onEnd = (): void => {
    // "end" and "close" both come, and they are no reason to hurry a shutdown.
    if (firstMs === undefined) onSignal("parent");
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const forgetParent = watchParent(options.parent, onEnd);
  return {
    requested: promise,
    dispose(): void {
      for (const signal of SIGNALS) process.off(signal, onSignal);
      forgetParent();
    },
  };
}

const PARENT_POLL_MS = 250;

function watchParent(how: StopSignalOptions["parent"], onEnd: () => void): () => void {
  switch (how) {
    case undefined:
      return () => {};
    case "stdin": {
      const { stdin } = process;
      stdin.on("end", onEnd).on("close", onEnd).on("error", onEnd).resume();
      return () => void stdin.off("end", onEnd).off("close", onEnd).off("error", onEnd).pause();
    }
    case "ppid": {
      const { ppid } = process;
      const poll = setInterval(() => {
        if (process.ppid !== ppid) onEnd();
      }, PARENT_POLL_MS);
      return () => clearInterval(poll);
    }
    default:
      return assertNever(how);
  }
}

function withResolver(): { promise: Promise<string>; resolve: (reason: string) => void } {
  let resolve: (reason: string) => void = () => {};
  const promise = new Promise<string>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
