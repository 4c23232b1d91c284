/** Five processes of `examples/gossip-kv/run-servers.sh`, as tests see them. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "@caucus/base/testing";
import { type CaucusProcess, startProgram } from "../testing/caucus-process.ts";
import { freePorts } from "../testing/free-ports.ts";

export const RUN_SERVERS: string = fileURLToPath(
  new URL("../../../../examples/gossip-kv/run-servers.sh", import.meta.url),
);

export interface GossipView {
  readonly cluster_id: string;
  readonly cluster_state: {
    readonly [key: string]: unknown;
    readonly node_states: readonly {
      readonly chitchat_id: { readonly node_id: string; readonly gossip_advertise_addr: string };
      readonly key_values: Readonly<Record<string, { readonly value: string }>>;
    }[];
  };
  readonly live_nodes: readonly { readonly node_id: string; readonly generation: number }[];
  readonly dead_nodes: readonly { readonly node_id: string; readonly generation: number }[];
}

export interface GossipCluster extends AsyncDisposable {
  readonly ports: readonly number[];
  readonly script: CaucusProcess;
  readonly workDir: string;
  pidOf(port: number): number;
}

export async function startGossipCluster(...argv: readonly string[]): Promise<GossipCluster> {
  const ports = await freePorts(5);
  const workDir = mkdtempSync(join(tmpdir(), "caucus-gossip-"));
  const script = startProgram("bash", [RUN_SERVERS, ...argv], {
    PORTS: ports.join(" "),
    WORK_DIR: workDir,
    START_DELAY: "0",
    SKIP_BUILD: "1",
  });
  const cluster: GossipCluster = {
    ports,
    script,
    workDir,
    pidOf: (port) => Number(readFileSync(join(workDir, `node_${port}.pid`), "utf8")),
    async [Symbol.asyncDispose](): Promise<void> {
      // The script ends its nodes when it is asked to; killed, it could not.
      script.child.kill("SIGTERM");
      await script.ended;
      rmSync(workDir, { recursive: true });
    },
  };
  try {
    await script.saw(/Press Enter to stop all nodes\.\.\.\n/);
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return cluster;
}

export async function getJson<Body>(port: number, path: string): Promise<Body> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    signal: AbortSignal.timeout(5_000),
  });
  assert.equal(response.status, 200, path);
  return (await response.json()) as Body;
}

export function viewOf(port: number): Promise<GossipView> {
  return getJson<GossipView>(port, "/");
}

export function namesOf(nodes: GossipView["live_nodes"]): readonly string[] {
  return [...new Set(nodes.map(({ node_id }) => node_id))].sort();
}

/** How long it took, in ms, until all ports saw what was to be seen. */
export async function whenAll(
  ports: readonly number[],
  awaited: string,
  isSeen: (view: GossipView) => boolean,
): Promise<number> {
  const startMs = performance.now();
  await eventually(awaited, async () => {
    const views = await Promise.all(ports.map(viewOf));
    return views.every(isSeen);
  });
  return performance.now() - startMs;
}
