/** The clusters under test, each of three processes on loopback with its data in a temporary folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, ProcessCluster } from "@caucus/cli/testing";
import type { Target } from "./http-load.ts";

export interface RunningCluster {
  readonly targets: readonly Target[];
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";

/** Three `caucus node` processes on RocksDB. */
export async function startCaucus(): Promise<RunningCluster> {
  const cluster = await ProcessCluster.start({ ports: "shared", flags: ["--log-level", "warn"] });
  const targets = cluster.nodes.map(({ apiAddress }) => {
    const [host = HOST, port] = apiAddress.split(":");
    return { host, port: Number(port) };
  });
  return { targets, stop: () => cluster.stop() };
}

/** Three etcd members; undefined where etcd is not installed. */
export async function startEtcd(): Promise<RunningCluster | undefined> {
  if (!(await isInstalled("etcd"))) return undefined;
  const directory = await mkdtemp(join(tmpdir(), "caucus-bench-"));
  const ports = await freePorts(6);
  const clientPorts = ports.slice(0, 3);
  const peers = ports.slice(3).map((port) => `http://${HOST}:${port}`);
  const initial = peers.map((peer, position) => `n${position}=${peer}`).join(",");
  const commands = peers.map((peer, position) => {
    const client = `http://${HOST}:${clientPorts[position]}`;
    return [
      "etcd",
      ...["--name", `n${position}`, "--data-dir", join(directory, `${position}`)],
      ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
      ...["--listen-client-urls", client, "--advertise-client-urls", client],
      ...["--initial-cluster", initial, "--initial-cluster-state", "new"],
      ...["--log-level", "error"],
    ];
  });
  return startProcesses(directory, commands, clientPorts, "/health");
}

async function startProcesses(
  directory: string,
  commands: readonly string[][],
  ports: readonly number[],
  readyPath: string,
): Promise<RunningCluster> {
  const children = commands.map(([command, ...args]) =>
    spawn(command as string, args, { stdio: ["ignore", "ignore", "inherit"] }),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(end));
    await rm(directory, { recursive: true, force: true });
  };
  const targets = ports.map((port) => ({ host: HOST, port }));
  try {
    await Promise.all(targets.map((target) => waitUntilReady(target, readyPath)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { targets, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const killTimer = setTimeout(() => child.kill("SIGKILL"), 5000);
  await exited;
  clearTimeout(killTimer);
}

async function waitUntilReady({ host, port }: Target, path: string): Promise<void> {
  const deadlineMs = Date.now() + 30_000;
  for (;;) {
    const isReady = await fetch(`http://${host}:${port}${path}`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return;
    if (Date.now() > deadlineMs) throw new Error(`${host}:${port} is not ready after 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function isInstalled(command: string): Promise<boolean> {
  const child = spawn(command, ["--version"], { stdio: "ignore" });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });
}
