/** When a running command shall stop. */
export interface StopSignal {
  /** Settles with the reason: the name of the signal, or "parent". */
  readonly requested: Promise<string>;
  /** Puts the process back as it was. */
  dispose(): void;
}

export interface StopSignalOptions {
  /** Also stop when standard input ends. Default false. */
  readonly stdin?: boolean;
  /** Called instead of a second request to stop. */
  readonly again: () => void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Watches SIGINT, SIGTERM and SIGHUP of this process. */
export function watchStopSignals(options: StopSignalOptions): StopSignal {
  const { promise, resolve } = withResolver();
  let count = 0;
  const onSignal = (signal: string): void => {
    count += 1;
    if (count === 1) resolve(signal);
    else options.again();
  };
  const onEnd = (): void => {
    // The parent is gone, and so is whoever could send a second request: it counts once.
    if (count === 0) onSignal("parent");
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  if (options.stdin === true) {
    process.stdin.on("end", onEnd).on("close", onEnd).on("error", onEnd).resume();
  }
  return {
    requested: promise,
    dispose(): void {
      for (const signal of SIGNALS) process.off(signal, onSignal);
      if (options.stdin === true) {
        process.stdin.off("end", onEnd).off("close", onEnd).off("error", onEnd).pause();
      }
    },
  };
}

function withResolver(): { promise: Promise<string>; resolve: (reason: string) => void } {
  let resolve: (reason: string) => void = () => {};
  const promise = new Promise<string>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
