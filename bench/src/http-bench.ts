/**
 * Writes and linearizable reads over HTTP, for Caucus and, where it is installed, for etcd's JSON
 * gateway in the same run: three processes each, every write synced, connections spread over all
 * three members.
 */
import { randomBytes } from "node:crypto";
import type { BenchRow } from "./bench-row.ts";
import { type HttpRequest, type LoadResult, runHttpLoad } from "./http-load.ts";
import { type RunningCluster, startCaucus, startEtcd } from "./processes.ts";

const KEYS = 1000;
const VALUE = randomBytes(75).toString("base64");

interface Dialect {
  readonly system: string;
  readonly write: (key: string) => HttpRequest;
  readonly read: (key: string) => HttpRequest;
}

const CAUCUS: Dialect = {
  system: "caucus over HTTP",
  write: (key) => ({
    method: "POST",
    path: "/api/write",
    body: JSON.stringify({ key, value: VALUE }),
  }),
  read: (key) => ({ method: "GET", path: `/api/consistent_read/${key}` }),
};

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const ETCD: Dialect = {
  system: "etcd's HTTP gateway",
  write: (key) => ({
    method: "POST",
    path: "/v3/kv/put",
    body: JSON.stringify({ key: base64(key), value: base64(VALUE) }),
  }),
  read: (key) => ({
    method: "POST",
    path: "/v3/kv/range",
    body: JSON.stringify({ key: base64(key) }),
  }),
};

export interface HttpBenchOptions {
  readonly connections: number;
  readonly durationMs: number;
}

/** One cluster after the other, so that neither steals the other's processor time. */
export async function benchHttp(options: HttpBenchOptions): Promise<readonly BenchRow[]> {
  const rows = await benchCluster(await startCaucus(), CAUCUS, options);
  const etcd = await startEtcd();
  if (etcd === undefined) {
    console.log("etcd is not installed: no rows of it");
    return rows;
  }
  return [...rows, ...(await benchCluster(etcd, ETCD, options))];
}

async function benchCluster(
  cluster: RunningCluster,
  dialect: Dialect,
  { connections, durationMs }: HttpBenchOptions,
): Promise<readonly BenchRow[]> {
  const { targets } = cluster;
  const run = (request: (key: string) => HttpRequest, ms: number): Promise<LoadResult> =>
    runHttpLoad({
      targets,
      connections,
      durationMs: ms,
      request: (connection, count) => request(`key-${(connection * 31 + count) % KEYS}`),
    });
  try {
    const rows: BenchRow[] = [];
    for (const operation of ["write", "read"] as const) {
      await run(dialect[operation], durationMs / 4);
      const { perSecond, medianMs, p99Ms } = await run(dialect[operation], durationMs);
      rows.push({
        system: dialect.system,
        sync: "fsync",
        operation: operation === "read" ? "linearizable read" : "write",
        clients: connections,
        perSecond,
        medianMs,
        p99Ms,
      });
    }
    return rows;
  } finally {
    await cluster.stop();
  }
}
