import { readdirSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ExitError, systemCode } from "../command/exit-codes.ts";
import type { OptionSchema } from "../command/option-schema.ts";

/** Where the files of the local nodes are. */
export interface DirectoryFlags {
  readonly confDir: string | undefined;
  readonly logDir: string | undefined;
  readonly json: boolean;
}

const DEFAULT_CONF_DIR = "conf";

export const DIRECTORY_SCHEMA: OptionSchema<DirectoryFlags> = {
  confDir: {
    type: "path",
    placeholder: "DIR",
    defaultText: DEFAULT_CONF_DIR,
    doc: "The directory with one configuration file per node: conf/node1.toml is that of node1.",
  },
  logDir: {
    type: "path",
    placeholder: "DIR",
    defaultText: "logs beside the directory of the configuration",
    doc: "Where NAME.log and NAME.pid of each node go; made when it is missing.",
  },
  json: { type: "flag", doc: "Prints one JSON object for programs." },
};

/** One node of this machine, as its files say. Nothing here has been read yet. */
export interface LocalNode {
  /** The name of its file without `.toml`. */
  readonly name: string;
  /** Absolute, as are the following. */
  readonly confPath: string;
  /** As it is shown. */
  readonly shownConf: string;
  readonly logPath: string;
  readonly shownLog: string;
  readonly pidPath: string;
}

export interface ClusterDirectory {
  readonly logDir: string;
  /** At least one, in the order of their names and numbers. */
  readonly nodes: readonly LocalNode[];
}

const SUFFIX = ".toml";

/** Throws ExitError `usage` when there is no directory or no file in it. */
export function readClusterDirectory({
  confDir = DEFAULT_CONF_DIR,
  logDir,
}: DirectoryFlags): ClusterDirectory {
  const shownLogs = logDir ?? join(dirname(confDir), "logs");
  const names = filesIn(confDir)
    .filter((file) => file.endsWith(SUFFIX) && file.length > SUFFIX.length)
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  if (names.length === 0) {
    throw new ExitError("usage", `Configuration directory ${confDir} has no file NAME${SUFFIX}`);
  }
  // A node is known by this path again, whichever way led here.
  const realDir = realpathSync(confDir);
  const nodes = names.map((name): LocalNode => {
    const shownLog = join(shownLogs, `${name}.log`);
    return {
      name,
      confPath: join(realDir, `${name}${SUFFIX}`),
      shownConf: join(confDir, `${name}${SUFFIX}`),
      logPath: resolve(shownLog),
      shownLog,
      pidPath: resolve(shownLogs, `${name}.pid`),
    };
  });
  return { logDir: resolve(shownLogs), nodes };
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (thrown) {
    const code = systemCode(thrown);
    const reason = code === "ENOENT" ? "not found" : `can't be read (${code ?? String(thrown)})`;
    throw new ExitError("usage", `Configuration directory ${directory} ${reason}`);
  }
}

/** Throws ExitError `usage` that lists the nodes there are. */
export function nodeNamed(name: string | undefined, { nodes }: ClusterDirectory): LocalNode {
  const found = nodes.find((node) => node.name === name);
  if (found !== undefined) return found;
  const names = nodes.map((node) => node.name);
  const problem = name === undefined ? "Please specify a node" : `Invalid node: ${name}`;
  throw new ExitError("usage", `${problem}\nAvailable nodes: ${names.join(" ")}`);
}
