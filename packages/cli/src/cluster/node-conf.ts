// STUB until configuration files are read.
import type { Environment } from "../command.ts";
import type { Addresses } from "../resolve-addresses.ts";
import type { LocalNode } from "./cluster-directory.ts";

export interface NodeConf {
  readonly node: LocalNode;
  readonly label: number;
  readonly addresses: Addresses;
  /** Absolute; undefined when it keeps its data in memory. */
  readonly dataDir: string | undefined;
}

export function readNodeConf(node: LocalNode, _environment: Environment): NodeConf {
  throw new Error(node.name);
}
