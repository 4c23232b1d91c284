/** The HTTP API of a real node as tests use it: every answer as it came, good or bad. */
import assert from "node:assert/strict";

/** Far above the 5 s that a request may take by default. */
const ASK_LIMIT_MS = 30_000;

export interface Answer {
  readonly status: number;
  /** The parsed JSON, or the text when it is none. */
  readonly body: unknown;
}

export interface AskOptions {
  /** Sent as JSON by POST; without it the request is a GET. */
  readonly json?: unknown;
  /** Default 30,000. */
  readonly limitMs?: number;
}

/** A node as its clients know it: where its HTTP listens. */
export interface Endpoint {
  readonly apiAddress: string;
}

/** Rejects only when the node can't be reached or does not answer within the limit. */
export async function ask(
  { apiAddress }: Endpoint,
  path: string,
  { json, limitMs = ASK_LIMIT_MS }: AskOptions = {},
): Promise<Answer> {
  const response = await fetch(`http://${apiAddress}${path}`, {
    signal: AbortSignal.timeout(limitMs),
    ...(json === undefined
      ? {}
      : {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(json),
        }),
  });
  const text = await response.text();
  return { status: response.status, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What a read found; version 0 and value null for a missing key. */
export interface FoundRecord {
  readonly value: string | null;
  readonly version: number;
  readonly mod_revision: number;
}

/** Writes and checks that it was acknowledged; gives the revision. */
export async function write(node: Endpoint, key: string, value: string): Promise<number> {
  const { status, body } = await ask(node, "/api/write", { json: { key, value } });
  assert.equal(status, 200, JSON.stringify(body));
  return (body as { revision: number }).revision;
}

/** A linearizable read that must succeed. */
export async function readConsistent(node: Endpoint, key: string): Promise<FoundRecord> {
  return await readVia(node, "/api/consistent_read/", key);
}

/** What the node itself holds, without asking anybody. */
export async function readLocal(node: Endpoint, key: string): Promise<FoundRecord> {
  return await readVia(node, "/api/read/", key);
}

async function readVia(node: Endpoint, path: string, key: string): Promise<FoundRecord> {
  const { status, body } = await ask(node, path + encodeURIComponent(key));
  assert.equal(status, 200, JSON.stringify(body));
  return body as FoundRecord;
}

/** Why `/readyz` says that the node is not ready; empty when it is. */
export async function notReadyReasons(node: Endpoint): Promise<readonly string[]> {
  const { status, body } = await ask(node, "/readyz");
  const { ready, reasons } = body as { ready: boolean; reasons: readonly string[] };
  assert.equal(status, ready ? 200 : 503);
  return reasons;
}

export interface ClusterView {
  readonly cluster_id: string | null;
  readonly term: number;
  readonly leader: { readonly id: number } | null;
  readonly revision: number;
  readonly configuration_index: number;
  readonly policy: { readonly automatic: boolean; readonly paused: readonly number[] };
  readonly decisions: readonly { readonly decision: string; readonly reason: string }[];
  readonly members: readonly {
    readonly id: number;
    readonly key: string;
    readonly role: "voter" | "learner";
    readonly is_self: boolean;
    readonly is_leader: boolean;
  }[];
}

/** `GET /api/cluster`. */
export async function clusterView(node: Endpoint): Promise<ClusterView> {
  const { status, body } = await ask(node, "/api/cluster");
  assert.equal(status, 200, JSON.stringify(body));
  return body as ClusterView;
}
