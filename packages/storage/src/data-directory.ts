import { join } from "node:path";
import { CaucusError } from "@caucus/base";

/** The files of a member, in its data directory. */
export interface DataDirectory {
  readonly root: string;
  readonly identity: string;
  readonly fence: string;
  /** RocksDB's own directory; its lock guards the whole data directory. */
  readonly database: string;
}

export function dataDirectory(root: string): DataDirectory {
  return {
    root,
    identity: join(root, "identity"),
    fence: join(root, "fence"),
    database: join(root, "db"),
  };
}

/** Storage that has lost something refuses to start with this: which files, and the way out. */
export function unusable(directory: DataDirectory, message: string, cause?: unknown): CaucusError {
  return new CaucusError(
    "poisoned",
    `${message}. This member may have forgotten what it has promised to the others, so it does ` +
      `not start from ${directory.root}. When the rest of the cluster is in order, run ` +
      `"caucus rejoin --discard-data --data-dir ${directory.root}": it removes the data, and the ` +
      "node comes back under a new key as a learner",
    cause === undefined ? {} : { cause },
  );
}
