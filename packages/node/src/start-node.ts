import { assertNever, CaucusError } from "@caucus/base";
import { type OpenedStorage, openMemoryStorage, openStorage } from "@caucus/storage";
import { ClusterNode, type RunningNode } from "./cluster-node.ts";
import { type NodeConfig, type NodeOptions, resolveNodeConfig } from "./node-options.ts";
import { SYSTEM_SURROUNDINGS } from "./system-surroundings.ts";

/**
 * Starts one member: opens its storage, listens for gRPC where it has an address of its own, and
 * goes on in the background to find, create or rejoin its cluster.
 * @throws CaucusError `invalid_argument`, `unavailable` (address taken), `unsupported`, `conflict`
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const config = resolveNodeConfig(options);
  let node: ClusterNode | undefined;
  const storage = await openConfigured(config, (error) => node?.poison(error));
  node = new ClusterNode(config, storage, SYSTEM_SURROUNDINGS);
  try {
    await node.start();
  } catch (thrown) {
    await node.stop();
    throw CaucusError.from(thrown);
  }
  return node;
}

async function openConfigured(
  config: NodeConfig,
  onPoisoned: (error: Error) => void,
): Promise<OpenedStorage> {
  const { dataDirectory, label, openFilesMax, storage } = config;
  switch (storage) {
    case "memory":
      return openMemoryStorage({ label });
    case "rocksdb":
      return openStorage({ directory: dataDirectory ?? ".", label, onPoisoned, openFilesMax });
    default:
      return assertNever(storage);
  }
}
