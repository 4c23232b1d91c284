/** `caucus cluster` on a directory of its own, with three nodes configured as seed 3 has them. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProgram } from "../testing/caucus-process.ts";
import { freePorts } from "../testing/free-ports.ts";
import { type Ran, runCommand } from "./run-command.ts";

/** Seed 3's script. */
export const START_SH: string = fileURLToPath(
  new URL("../../../../examples/raft-cluster/start.sh", import.meta.url),
);

const CONF_OF_EXAMPLE = new URL("../../../../examples/raft-cluster/conf/", import.meta.url);

export interface LocalCluster extends AsyncDisposable {
  readonly confDir: string;
  readonly logDir: string;
  readonly httpPorts: readonly number[];
  readonly raftPorts: readonly number[];
  /** Runs `caucus cluster` in this process. */
  cluster(...argv: readonly string[]): Promise<Ran>;
  /** Runs start.sh. */
  script(...argv: readonly string[]): Promise<Pick<Ran, "code" | "out" | "err">>;
  /** What the scripts and commands read. */
  readonly environment: Readonly<Record<string, string>>;
  confOf(name: string): string;
  logOf(name: string): string;
  pidOf(name: string): number;
}

/** The example's own files, with other ports and another place for the data. */
export async function prepareLocalCluster(): Promise<LocalCluster> {
  const root = mkdtempSync(join(tmpdir(), "caucus-local-"));
  const [confDir, logDir] = [join(root, "conf"), join(root, "logs")];
  mkdirSync(confDir);
  const ports = await freePorts(6);
  const [httpPorts, raftPorts] = [ports.slice(0, 3), ports.slice(3)];
  const portOf = (written: string): string => {
    const place = Number(written.at(-1)) - 1;
    return String((written.startsWith("8") ? httpPorts : raftPorts)[place]);
  };
  for (const name of ["node1", "node2", "node3"]) {
    const text = readFileSync(new URL(`${name}.toml`, CONF_OF_EXAMPLE), "utf8");
    const moved = text
      .replaceAll(/(?<=127\.0\.0\.1:)[78]00[123]/g, portOf)
      .replace("/tmp/rockraft_cluster", join(root, "data"));
    writeFileSync(join(confDir, `${name}.toml`), moved);
  }
  const environment = { CAUCUS_CONF_DIR: confDir, CAUCUS_LOG_DIR: logDir };
  const cluster = (...argv: readonly string[]): Promise<Ran> =>
    runCommand(["cluster", ...argv], { environment });
  return {
    confDir,
    logDir,
    httpPorts,
    raftPorts,
    environment,
    cluster,
    async script(...argv) {
      await using script = startProgram("bash", [START_SH, ...argv], environment);
      const { code } = await script.ended;
      return { code: code ?? assert.fail("the script was killed"), ...script.output() };
    },
    confOf: (name) => join(confDir, `${name}.toml`),
    logOf: (name) => join(logDir, `${name}.log`),
    pidOf: (name) => Number(readFileSync(join(logDir, `${name}.pid`), "utf8")),
    async [Symbol.asyncDispose](): Promise<void> {
      await cluster("stop", "--kill-after-ms", "3000");
      rmSync(root, { recursive: true });
    },
  };
}
