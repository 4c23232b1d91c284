/** A cluster of real processes on loopback, each with RocksDB in a temporary directory. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@caucus/base/testing";
import { freePorts } from "./free-ports.ts";
import { clusterView, notReadyReasons } from "./node-api.ts";
import { type NodePlace, NodeProcess } from "./node-process.ts";

const HOST = "127.0.0.1";

/** How much of each node's output is printed after a failure. */
const TAIL_LINES = 40;

export interface ProcessClusterOptions {
  /** Default 3. */
  readonly size?: number;
  /** `separate`: --rpc-addr and --api-addr; `shared`: --listen. Default `separate`. */
  readonly ports?: "separate" | "shared";
  /** Further arguments of every node. */
  readonly flags?: readonly string[];
  /**
   * How a node of the first ones comes to the cluster, by the API addresses of all of them (where
   * they gossip as well), its own included. Default: `--join`, an only one `--bootstrap`.
   */
  readonly formedBy?: (addresses: readonly string[], position: number) => readonly string[];
}

/** What is not given is of its own: addresses and data directory. */
export interface FurtherNode extends Partial<NodePlace> {
  readonly label: number;
  /** Arguments in addition to those of the cluster. */
  readonly flags: readonly string[];
}

export class ProcessCluster {
  readonly #directory: string;
  readonly #options: ProcessClusterOptions;
  readonly #nodes: NodeProcess[] = [];

  private constructor(directory: string, options: ProcessClusterOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Starts all nodes, at once, and waits until all are ready. */
  static async start(options: ProcessClusterOptions = {}): Promise<ProcessCluster> {
    const cluster = new ProcessCluster(await mkdtemp(join(tmpdir(), "caucus-cluster-")), options);
    try {
      await cluster.#form(options.size ?? 3);
      return cluster;
    } catch (error) {
      cluster.printOutput();
      await cluster.stop();
      throw error;
    }
  }

  /** In the order of their labels, which count from 1; further ones at the end. */
  get nodes(): readonly NodeProcess[] {
    return this.#nodes;
  }

  get running(): readonly NodeProcess[] {
    return this.#nodes.filter((node) => node.isRunning);
  }

  node(label: number): NodeProcess {
    const node = this.#nodes[label - 1];
    assert.ok(node !== undefined, `there is no node ${label}`);
    return node;
  }

  /** One more node, not yet started. */
  async add(place: FurtherNode): Promise<NodeProcess> {
    const [addresses] = await this.#freeAddresses(1);
    return this.#place({ ...(addresses as NodeAddresses), ...place });
  }

  /** The node that leads, once all of `among` (default: those that run) agree on it. */
  async leader(among: readonly NodeProcess[] = this.running): Promise<NodeProcess> {
    return await eventually("one leader of all", async () => {
      const views = await Promise.all(among.map(clusterView));
      const labels = new Set(views.map(({ leader }) => leader?.id));
      const [label] = labels;
      assert.ok(labels.size === 1 && label !== undefined, `leaders are ${[...labels].join(", ")}`);
      const leader = among.find((node) => node.label === label);
      assert.ok(leader !== undefined, `node ${label} is not among those that were asked`);
      return leader;
    });
  }

  /** Resolves when `/readyz` of every node of `among` (default: those that run) is 200. */
  async ready(among: readonly NodeProcess[] = this.running): Promise<void> {
    for (const node of among) {
      await eventually(`node ${node.label} is ready`, async () => {
        assert.deepEqual(await notReadyReasons(node), []);
      });
    }
  }

  /** Kills what still runs and removes all directories. */
  async stop(): Promise<void> {
    await Promise.all(this.running.map((node) => node.kill("SIGKILL")));
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** The end of every node's output, for whoever has to find out what went wrong. */
  printOutput(): void {
    for (const { label, output } of this.#nodes) {
      const tail = output.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
      console.error(`--- output of node ${label}\n${tail}`);
    }
  }

  async #form(size: number): Promise<void> {
    const addresses = await this.#freeAddresses(size);
    for (const [position, address] of addresses.entries()) {
      const others = addresses.filter((other) => other !== address);
      const join = others.map(({ rpcAddress }) => rpcAddress).join(",");
      const flags =
        this.#options.formedBy?.(
          addresses.map(({ apiAddress }) => apiAddress),
          position,
        ) ?? (size === 1 ? ["--bootstrap"] : ["--join", join]);
      this.#place({ ...address, label: position + 1, flags });
    }
    await Promise.all(this.#nodes.map((node) => node.start()));
    await this.ready();
  }

  #place(place: FurtherNode & NodeAddresses): NodeProcess {
    const node = new NodeProcess({
      dataDirectory: join(this.#directory, `data-${this.#nodes.length + 1}`),
      ...place,
      flags: [...(this.#options.flags ?? []), ...place.flags],
    });
    this.#nodes.push(node);
    return node;
  }

  async #freeAddresses(count: number): Promise<readonly NodeAddresses[]> {
    const ports = await freePorts(2 * count);
    const isShared = this.#options.ports === "shared";
    return ports.slice(0, count).map((port, position) => ({
      rpcAddress: `${HOST}:${port}`,
      apiAddress: `${HOST}:${isShared ? port : ports[count + position]}`,
    }));
  }
}

type NodeAddresses = Pick<NodePlace, "rpcAddress" | "apiAddress">;

/** Runs `body` with a cluster that is gone afterwards, however it ends. */
export async function withCluster(
  options: ProcessClusterOptions,
  body: (cluster: ProcessCluster) => Promise<void>,
): Promise<void> {
  const cluster = await ProcessCluster.start(options);
  try {
    await body(cluster);
  } catch (error) {
    cluster.printOutput();
    throw error;
  } finally {
    await cluster.stop();
  }
}
