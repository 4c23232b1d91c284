import { createSeededRng, type Rng } from "@caucus/base";
import { type Chitchat, createChitchat } from "../src/driver/chitchat.ts";
import type { ChitchatOptions } from "../src/driver/chitchat-options.ts";
import { MemoryNetwork } from "./memory-network.ts";
import { VirtualTime } from "./virtual-time.ts";

const FIRST_PORT = 10_001;

/** Whole nodes in virtual time on a network in memory; one seed decides everything. */
export class VirtualCluster {
  readonly time: VirtualTime = new VirtualTime();
  readonly rng: Rng;
  readonly network: MemoryNetwork;
  readonly nodes: Chitchat[] = [];
  readonly #options: Partial<ChitchatOptions>;

  constructor(seed: number, options: Partial<ChitchatOptions> = {}) {
    this.rng = createSeededRng(seed);
    this.network = new MemoryNetwork(this.time, this.rng);
    this.#options = options;
  }

  /** Node `index` listens on port 10001 + index; the first one is everybody's seed. */
  async start(index: number, options: Partial<ChitchatOptions> = {}): Promise<Chitchat> {
    const node = await createChitchat({
      nodeId: `node-${FIRST_PORT + index}`,
      listenAddress: `127.0.0.1:${FIRST_PORT + index}`,
      seeds: [`127.0.0.1:${FIRST_PORT}`],
      generationId: 1n,
      rng: this.rng,
      timers: this.time,
      transport: this.network,
      ...this.#options,
      ...options,
    });
    this.nodes[index] = node;
    return node;
  }

  async startAll(count: number): Promise<readonly Chitchat[]> {
    for (let index = 0; index < count; index++) await this.start(index);
    return this.nodes;
  }

  /** Waits for a promise whose cause needs virtual time to pass. */
  async during<T>(work: Promise<T>, limitMs = 10_000, stepMs = 10): Promise<T> {
    let isDone = false;
    const settled = work.finally(() => {
      isDone = true;
    });
    for (let passedMs = 0; !isDone && passedMs < limitMs; passedMs += stepMs) {
      this.time.runFor(stepMs);
      // Promises of the nodes go on between two steps.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return settled;
  }

  async close(): Promise<void> {
    // Indexes may have been left out.
    for (const node of this.nodes.filter(() => true)) await node.close();
  }
}
