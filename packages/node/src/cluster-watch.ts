import type { ClusterId } from "@caucus/raft";
import type { ClusterCalls } from "@caucus/rpc";

const LOOK_EVERY_MS = 10_000;
const CALL_TIMEOUT_MS = 1_000;

export interface ClusterWatchParts {
  readonly cluster: ClusterId;
  readonly join: readonly string[];
  readonly calls: Pick<ClusterCalls, "identify">;
  readonly pause: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

/** Notices when an address that the operator listed answers from another cluster. */
export class ClusterWatch {
  readonly #parts: ClusterWatchParts;
  #otherCluster: string | undefined;

  constructor(parts: ClusterWatchParts) {
    this.#parts = parts;
  }

  /** A sentence for `/readyz`; undefined when all is well. */
  get otherCluster(): string | undefined {
    return this.#otherCluster;
  }

  async run(): Promise<void> {
    const { isStopping, join, pause } = this.#parts;
    while (!isStopping() && join.length > 0) {
      await this.#look();
      await pause(LOOK_EVERY_MS);
    }
  }

  async #look(): Promise<void> {
    const { calls, cluster, join } = this.#parts;
    const found: string[] = [];
    for (const address of join) {
      const identity = await calls.identify(address, CALL_TIMEOUT_MS).catch(() => undefined);
      const other = identity?.cluster;
      if (other !== undefined && other !== cluster) found.push(`${address} is in ${other}`);
    }
    this.#otherCluster =
      found.length === 0
        ? undefined
        : `two clusters seen: this node is in ${cluster}, ${found.join(", ")}`;
  }
}
