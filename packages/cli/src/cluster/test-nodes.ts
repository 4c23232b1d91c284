import { type Client, createClient } from "@caucus/client";
import type { ClusterReport } from "./cluster-report.ts";
import type { NodeConf } from "./node-conf.ts";

/** Written and read back by the test. */
const TEST_KEY = "test:timestamp";

/** How long a node may be behind. */
const REPLICATION_LIMIT_MS = 5_000;
const POLL_MS = 50;

export interface TestedNode {
  readonly name: string;
  readonly healthy: boolean;
  /** What the node has under the test's key. */
  readonly value: string | null;
}

export interface TestResult {
  readonly passed: boolean;
  readonly nodes: readonly TestedNode[];
}

/** Asks every node how it is, writes a key, and reads it from each node. Never rejects. */
export async function testNodes(
  confs: readonly NodeConf[],
  value: string,
  report: ClusterReport,
): Promise<TestResult> {
  const endpoints = confs.map(({ addresses }) => `http://${addresses.api}`);
  const client = createClient({ endpoints });
  const healthy = new Set<NodeConf>();
  for (const conf of confs) {
    report.info(`Checking ${conf.node.name}...`);
    if (await isHealthy(client, conf, report)) healthy.add(conf);
  }
  report.info("Setting a test key...");
  const isWritten = await attempt(report, async () => {
    const { revision } = await client.write(TEST_KEY, value);
    report.success(`${TEST_KEY} is ${JSON.stringify(value)} (revision ${revision})`);
  });
  const nodes: TestedNode[] = [];
  if (isWritten) report.info("Reading the test key from all nodes...");
  for (const conf of confs) {
    const { name } = conf.node;
    const found = isWritten ? await readFrom(conf, value, report) : undefined;
    const shown = found === undefined ? "no answer" : JSON.stringify(found);
    if (isWritten) report.line(`  ${name}: ${shown}`);
    nodes.push({ name, healthy: healthy.has(conf), value: found ?? null });
  }
  const passed = nodes.every((node) => node.healthy && node.value === value);
  if (passed) report.success(`All ${nodes.length} nodes hold the test key`);
  else report.error("The test has failed");
  return { passed, nodes };
}

async function isHealthy(client: Client, conf: NodeConf, report: ClusterReport): Promise<boolean> {
  const endpoint = `http://${conf.addresses.api}`;
  return await attempt(report, async () => {
    const { ready, reasons } = await client.health(endpoint);
    if (!ready) throw new Error(`${conf.node.name} is not ready: ${reasons.join("; ")}`);
    const { leader, node, term } = await client.status(endpoint);
    const role = `${node.role} of term ${term}, leader is node ${leader ?? "unknown"}`;
    report.success(`${conf.node.name} is ready: ${role}`);
  });
}

/** What the node itself has, which may take a moment to be the newest; undefined without an answer. */
async function readFrom(
  conf: NodeConf,
  value: string,
  report: ClusterReport,
): Promise<string | null | undefined> {
  const client = createClient({ endpoints: [`http://${conf.addresses.api}`], timeoutMs: 2_000 });
  const deadlineMs = performance.now() + REPLICATION_LIMIT_MS;
  let found: string | null = null;
  const look = async (): Promise<void> => {
    found = (await client.readLocal(TEST_KEY))?.value ?? null;
  };
  while (await attempt(report, look)) {
    if (found === value || performance.now() > deadlineMs) return found;
    await new Promise((wake) => setTimeout(wake, POLL_MS));
  }
  return undefined;
}

async function attempt(report: ClusterReport, action: () => Promise<void>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (thrown) {
    report.error(thrown instanceof Error ? thrown.message : String(thrown));
    return false;
  }
}
