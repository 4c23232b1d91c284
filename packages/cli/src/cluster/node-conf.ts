import { CaucusError } from "@caucus/base";
import { ExitError } from "../command/exit-codes.ts";
import type { AnySchema } from "../command/option-schema.ts";
import { readConfigLayer, readConfigText } from "../config/config-file.ts";
import { mergeLayers, orRefuse } from "../config/given.ts";
import { type Environment, readEnvironment } from "../config/read-environment.ts";
import { resolveMemberSettings } from "../node/member-settings.ts";
import { NODE_SCHEMA, type NodeFlags } from "../node/node-schema.ts";
import type { Addresses } from "../node/resolve-addresses.ts";
import type { LocalNode } from "./cluster-directory.ts";

/** What has to be known of a node from outside. */
export interface NodeConf {
  readonly node: LocalNode;
  /** The number of its `--id`. */
  readonly label: number;
  readonly addresses: Addresses;
  /** Absolute; undefined when it keeps its data in memory. */
  readonly dataDir: string | undefined;
}

/**
 * Reads what `caucus node --conf` would read, the environment included. Throws ExitError `usage`
 * that names the file, and where it can the line and the key.
 */
export function readNodeConf(node: LocalNode, environment: Environment): NodeConf {
  const { shownConf } = node;
  const flags = readFlags(shownConf, environment);
  if (flags.id === undefined) {
    throw new ExitError(
      "usage",
      `${shownConf} has no node_id; the nodes of a cluster need one, a whole number from 1`,
    );
  }
  try {
    const { addresses, dataDir, storage } = resolveMemberSettings(flags, flags.id, "");
    const isOnDisk = storage === "rocksdb";
    return { node, label: flags.id, addresses, dataDir: isOnDisk ? dataDir : undefined };
  } catch (thrown) {
    const { message } = CaucusError.from(thrown);
    throw new ExitError("usage", `${shownConf}: ${message}`, thrown);
  }
}

function readFlags(path: string, environment: Environment): NodeFlags {
  const schema = NODE_SCHEMA as AnySchema;
  const found = orRefuse(readConfigText(path));
  const layers = [
    orRefuse(readEnvironment(schema, environment)).layer,
    orRefuse(readConfigLayer(schema, path, found.text)).layer,
  ];
  return orRefuse(mergeLayers(NODE_SCHEMA, layers)).values;
}
