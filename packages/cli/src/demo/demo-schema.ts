import type { OptionSchema } from "../command/option-schema.ts";
import { LOG_SCHEMA, type LogLevel } from "../node/node-schema.ts";

/** How many nodes the demo runs. */
export const DEMO_NODES = 3;

export interface DemoFlags {
  readonly portBase: number;
  readonly dataDir: string | undefined;
  readonly storage: "auto" | "rocksdb" | "memory";
  readonly logLevel: LogLevel;
}

export const DEMO_SCHEMA: OptionSchema<DemoFlags> = {
  portBase: {
    type: "integer",
    min: 1,
    max: 65_535 - DEMO_NODES + 1,
    default: 10_001,
    doc: `The port of the first of the ${DEMO_NODES} nodes on 127.0.0.1; the others have the next ones.`,
  },
  dataDir: {
    type: "path",
    placeholder: "DIR",
    defaultText: "a temporary directory that is removed at the end",
    doc: "Where the nodes keep their data, in node-1, node-2 and node-3; it is kept.",
  },
  storage: {
    type: "choice",
    choices: ["auto", "rocksdb", "memory"],
    default: "auto",
    doc: "Where the nodes keep the log and the data; auto is rocksdb, or memory on a platform for which RocksDB has no build, which is said then.",
  },
  logLevel: LOG_SCHEMA.logLevel,
};
