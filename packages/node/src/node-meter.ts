import { memberOf } from "@caucus/raft";
import type { StorageMeter } from "@caucus/storage";
import type { NodeCounts, NodeMetrics, NodeObserver, PeerInflight } from "./node-metrics.ts";
import type { RaftMember } from "./raft-member.ts";

/** Gathers what Raft and storage count. */
export class NodeMeter implements NodeMetrics {
  readonly #storage: StorageMeter | undefined;
  readonly #raft: () => RaftMember | undefined;
  #observer: NodeObserver | undefined;

  /** `raft` answers undefined while the node belongs to no cluster. */
  constructor(storage: StorageMeter | undefined, raft: () => RaftMember | undefined) {
    this.#storage = storage;
    this.#raft = raft;
  }

  counts(): NodeCounts {
    const raft = this.#raft();
    return {
      raft: raft && { ...raft.driver.counts(), inflight: inflightOf(raft) },
      storage: this.#storage?.counts(),
    };
  }

  async diskBytes(): Promise<number> {
    return (await this.#storage?.diskBytes()) ?? 0;
  }

  observe(observer: NodeObserver): void {
    this.#observer = observer;
    this.#storage?.observe((durationMs) => observer.synced(durationMs));
  }

  /** The driver says so. */
  committed(latencyMs: number): void {
    this.#observer?.committed(latencyMs);
  }
}

function inflightOf(raft: RaftMember): PeerInflight[] {
  const { configuration, leader, peers } = raft.status();
  return peers.flatMap(({ inflight, key }) => {
    if (key === leader) return [];
    const label = memberOf(configuration, key)?.label;
    return label === undefined ? [] : [{ label, appends: inflight }];
  });
}
