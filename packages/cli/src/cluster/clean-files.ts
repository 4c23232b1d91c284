import { existsSync, rmSync, truncateSync } from "node:fs";
import { parseAddress } from "@caucus/base";
import { ExitError } from "../command/exit-codes.ts";
import { isDataDirectory } from "../node/data-directory.ts";
import { whyNotListen } from "../node/port-check.ts";
import type { LocalNode } from "./cluster-directory.ts";
import type { NodeConf } from "./node-conf.ts";
import { removePid, stateOf } from "./node-pid.ts";

/** Removes the logs of stopped nodes and empties those of running ones; returns their paths. */
export function cleanLogs(nodes: readonly LocalNode[]): readonly string[] {
  const cleaned: string[] = [];
  for (const node of nodes) {
    if (!existsSync(node.logPath)) continue;
    // A running node goes on writing to its file, so taking the name away would hide its log.
    if (stateOf(node).kind === "running") truncateSync(node.logPath);
    else rmSync(node.logPath);
    cleaned.push(node.shownLog);
  }
  return cleaned;
}

/**
 * Removes the data directories of the nodes, and returns them. Rejects with ExitError, before
 * anything is removed, while one of the nodes runs, and for a directory that is not a node's.
 */
export async function cleanData(confs: readonly NodeConf[]): Promise<readonly string[]> {
  for (const { node } of confs) {
    const state = stateOf(node);
    if (state.kind !== "running") continue;
    const message = `Node ${node.name} is running (PID: ${state.pid}); stop it first, nothing was removed`;
    throw new ExitError("usage", message);
  }
  const present: (NodeConf & { readonly dataDir: string })[] = [];
  for (const conf of confs) {
    const { dataDir, node } = conf;
    if (dataDir === undefined || !existsSync(dataDir)) continue;
    if (!isDataDirectory(dataDir)) {
      const message = `${dataDir}, of ${node.shownConf}, is not the data directory of a node; nothing was removed`;
      throw new ExitError("storage", message);
    }
    await refuseUsedAddress(conf);
    present.push({ ...conf, dataDir });
  }
  for (const { dataDir, node } of present) {
    // Two files may name one directory.
    rmSync(dataDir, { recursive: true, force: true });
    removePid(node);
  }
  return present.map(({ dataDir }) => dataDir);
}

/** A node that was started in a terminal has no pid file, but it has its address. */
async function refuseUsedAddress({ addresses, node }: NodeConf): Promise<void> {
  const address = parseAddress(addresses.rpc);
  if (address === undefined || (await whyNotListen(address)) !== "EADDRINUSE") return;
  const message = `${addresses.rpc}, of ${node.shownConf}, is in use, so that node may run without a PID file; stop it first, nothing was removed`;
  throw new ExitError("addressInUse", message);
}
