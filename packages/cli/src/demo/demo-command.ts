/** `caucus demo`: a cluster of three processes in one terminal; nothing of it outlives the demo. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Client, createClient } from "@caucus/client";
import { type Command, type CommandContext, defineCommand } from "../command/command.ts";
import { EXIT_CODES, ExitError, type ExitName, exitNameOf } from "../command/exit-codes.ts";
import { listenFailureText, whyNotListen } from "../node/port-check.ts";
import { watchStopSignals } from "../stop-signal.ts";
import { type ChildEnd, type DemoChild, startDemoChild } from "./demo-child.ts";
import { createDemoOutput, type DemoOutput, welcomeText } from "./demo-output.ts";
import { DEMO_NODES, DEMO_SCHEMA, type DemoFlags } from "./demo-schema.ts";

const HOST = "127.0.0.1";
const READY_LIMIT_MS = 60_000;
const POLL_MS = 100;
/** After it a node that does not stop is killed. */
const STOP_LIMIT_MS = 10_000;

export const DEMO_COMMAND: Command = defineCommand<DemoFlags>({
  name: "demo",
  summary: `runs a cluster of ${DEMO_NODES} nodes on this machine, to try it`,
  about: [
    `Runs ${DEMO_NODES} nodes as processes of their own on 127.0.0.1 and prints curl lines to try as soon as the cluster is ready. Ctrl+C stops all of them, and so does the end of the program that has started the demo.`,
  ],
  schema: DEMO_SCHEMA,
  run: runDemo,
});

async function runDemo(flags: DemoFlags, context: CommandContext): Promise<ExitName> {
  if (flags.storage !== "auto") return await runCluster(flags, flags.storage, context);
  try {
    return await runCluster(flags, "rocksdb", context);
  } catch (thrown) {
    if (exitNameOf(thrown) !== "unsupported") throw thrown;
    context.stdout.write("\nRocksDB does not work here: starting again with --storage memory\n\n");
    return await runCluster(flags, "memory", context);
  }
}

/** Everything that it starts has ended when it settles. */
async function runCluster(
  flags: DemoFlags,
  storage: "rocksdb" | "memory",
  context: CommandContext,
): Promise<ExitName> {
  const ports = Array.from({ length: DEMO_NODES }, (_, index) => flags.portBase + index);
  await checkPorts(ports);
  const output = createDemoOutput(context.stdout, context.environment.NO_COLOR);
  const temporary = flags.dataDir === undefined;
  const dataDir = temporary
    ? await mkdtemp(join(tmpdir(), "caucus-demo-"))
    : resolve(flags.dataDir);
  const children: DemoChild[] = [];
  let impatient = false;
  // npm passes a signal on to a shell, which dies of it and leaves what it has started behind.
  const stop = watchStopSignals({
    parent: "ppid",
    again: () => {
      impatient = true;
      for (const child of children) child.kill("SIGKILL");
    },
  });
  try {
    for (const label of ports.map((_, index) => index + 1)) {
      const args = nodeArguments(flags, storage, ports, label, dataDir);
      const onLine = (line: string): void => output.nodeLine(label, line);
      children.push(startDemoChild({ label, args, environment: context.environment, onLine }));
    }
    await watchOver(children, ports, dataDir, { output, context, stop: stop.requested });
  } finally {
    await stopAll(children);
    if (temporary) await rm(dataDir, { recursive: true, force: true });
    stop.dispose();
  }
  return impatient ? "interrupted" : "ok";
}

interface Surroundings {
  readonly output: DemoOutput;
  readonly context: CommandContext;
  readonly stop: Promise<string>;
}

async function watchOver(
  children: readonly DemoChild[],
  ports: readonly number[],
  dataDir: string,
  { output, context, stop }: Surroundings,
): Promise<void> {
  const client = createClient({ endpoints: ports.map((port) => `http://${HOST}:${port}`) });
  const readiness = new AbortController();
  const first = await Promise.race([
    stop,
    ...children.map((child) => child.ended),
    whenReady(client, ports, readiness.signal),
  ]);
  readiness.abort();
  if (typeof first === "object" && "label" in first) throw startFailure(first);
  if (first === "ready") {
    const nodes = children.map(({ label, pid }, index) => ({
      label,
      pid,
      address: `${HOST}:${ports[index]}`,
    }));
    context.stdout.write(welcomeText(nodes, dataDir));
  } else if (typeof first === "object") {
    throw new ExitError(
      "unavailable",
      `the cluster was not ready within ${READY_LIMIT_MS} ms: ${first.reasons.join("; ")}`,
    );
  }
  for (const child of children) void report(child, output);
  const end = await Promise.race([stop, allEnded(children)]);
  if (typeof end !== "string") throw new ExitError("failure", "all nodes have ended");
  output.say(`stopping (${end})`);
}

async function report(child: DemoChild, output: DemoOutput): Promise<void> {
  const end = await child.ended;
  output.say(`node ${end.label} has ended (${describeEnd(end)})`);
}

async function allEnded(children: readonly DemoChild[]): Promise<readonly ChildEnd[]> {
  return await Promise.all(children.map((child) => child.ended));
}

function describeEnd(end: ChildEnd): string {
  if (end.signal !== undefined) return `signal ${end.signal}`;
  return end.code === undefined ? "it could not be started" : `exit code ${end.code}`;
}

function startFailure(end: ChildEnd): ExitError {
  const exits = Object.keys(EXIT_CODES) as ExitName[];
  const exit = exits.find((name) => name !== "ok" && EXIT_CODES[name].code === end.code);
  return new ExitError(
    exit ?? "failure",
    `node ${end.label} has ended before the cluster was ready (${describeEnd(end)})`,
  );
}

/** "ready" when every node says so, else what the nodes said last. */
async function whenReady(
  client: Client,
  ports: readonly number[],
  signal: AbortSignal,
): Promise<"ready" | { readonly reasons: readonly string[] }> {
  const deadline = performance.now() + READY_LIMIT_MS;
  let reasons: readonly string[] = [];
  while (performance.now() < deadline && !signal.aborted) {
    const answers = await Promise.all(ports.map((port) => whyNotReady(client, port)));
    reasons = answers.flat();
    if (reasons.length === 0) return "ready";
    await new Promise((wake) => setTimeout(wake, POLL_MS));
  }
  return { reasons };
}

async function whyNotReady(client: Client, port: number): Promise<readonly string[]> {
  try {
    const { ready, reasons } = await client.health(`http://${HOST}:${port}`, {
      timeoutMs: 1_000,
    });
    if (ready) return [];
    return reasons.length === 0 ? [`port ${port} is not ready`] : reasons;
  } catch (thrown) {
    return [thrown instanceof Error ? thrown.message : String(thrown)];
  }
}

function nodeArguments(
  flags: DemoFlags,
  storage: "rocksdb" | "memory",
  ports: readonly number[],
  label: number,
  dataDir: string,
): readonly string[] {
  const own = `${HOST}:${ports[label - 1]}`;
  const others = ports.map((port) => `${HOST}:${port}`).filter((address) => address !== own);
  return [
    ...["--id", String(label)],
    ...["--listen", own],
    ...["--join", others.join(",")],
    ...["--storage", storage],
    ...["--data-dir", join(dataDir, `node-${label}`)],
    ...["--log-level", flags.logLevel],
  ];
}

async function stopAll(children: readonly DemoChild[]): Promise<void> {
  for (const child of children) child.kill("SIGTERM");
  const limit = setTimeout(() => {
    for (const child of children) child.kill("SIGKILL");
  }, STOP_LIMIT_MS);
  await allEnded(children);
  clearTimeout(limit);
}

async function checkPorts(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const code = await whyNotListen({ host: HOST, port });
    if (code === undefined) continue;
    throw new ExitError(
      "addressInUse",
      `port ${port} ${listenFailureText(code)}; choose ${DEMO_NODES} others with --port-base (now ${ports[0]})`,
    );
  }
}
