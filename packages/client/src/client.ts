import { type ApiRequest, attempt } from "./attempt.ts";
import {
  type ClientConfig,
  type ClientOptions,
  checkTimeout,
  resolveClientConfig,
} from "./client-config.ts";
import { type ClusterView, clusterViewOf } from "./cluster-view.ts";
import { arrayField, booleanField } from "./json.ts";
import {
  type DeleteReceipt,
  deleteReceiptOf,
  receiptOf,
  type StoredValue,
  storedValueOf,
  type WriteReceipt,
} from "./key-answers.ts";
import { type LoopRequest, RequestLoop } from "./request-loop.ts";

export interface CallOptions {
  /** For the whole call; default the client's. 1 to 60,000. */
  readonly timeoutMs?: number;
}

/** Whether a node can serve, and why not. */
export interface NodeReadiness {
  readonly ready: boolean;
  /** Empty when ready. */
  readonly reasons: readonly string[];
}

/**
 * A cluster seen from outside. Every method rejects with CaucusError; the error of a write or a
 * delete always has an `outcome`, `not_applied` or `unknown`. Keys are 1 byte to 4 KiB and values
 * up to 1 MiB of UTF-8.
 */
export interface Client {
  write(key: string, value: string, options?: CallOptions): Promise<WriteReceipt>;
  delete(key: string, options?: CallOptions): Promise<DeleteReceipt>;
  /** Linearizable: sees every write that was acknowledged before the call. */
  get(key: string, options?: CallOptions): Promise<StoredValue | undefined>;
  /** What one of the nodes has applied so far; may be old. */
  readLocal(key: string, options?: CallOptions): Promise<StoredValue | undefined>;
  /** What one of the nodes knows of the cluster. */
  cluster(options?: CallOptions): Promise<ClusterView>;
  /** What the node at exactly this endpoint knows; one attempt. */
  status(endpoint: string, options?: CallOptions): Promise<ClusterView>;
  /** Of the node at exactly this endpoint; one attempt. Not being ready is an answer, no error. */
  health(endpoint: string, options?: CallOptions): Promise<NodeReadiness>;
}

/** Throws CaucusError `invalid_argument` for bad options. Opens no connection by itself. */
export function createClient(options: ClientOptions): Client {
  const config = resolveClientConfig(options);
  const loop = new RequestLoop(config);
  const run = async (request: LoopRequest, call: CallOptions | undefined): Promise<unknown> =>
    await loop.run(request, timeoutOf(config, call));

  return {
    async write(key, value, call): Promise<WriteReceipt> {
      return receiptOf(await run(writeRequest("/api/write", { key, value }), call));
    },
    async delete(key, call): Promise<DeleteReceipt> {
      return deleteReceiptOf(await run(writeRequest("/api/delete", { key }), call));
    },
    async get(key, call): Promise<StoredValue | undefined> {
      return storedValueOf(await run(readRequest("/api/consistent_read", key), call));
    },
    async readLocal(key, call): Promise<StoredValue | undefined> {
      return storedValueOf(await run(readRequest("/api/read", key), call));
    },
    async cluster(call): Promise<ClusterView> {
      return clusterViewOf(await run({ safety: "read", ...CLUSTER }, call));
    },
    async status(endpoint, call): Promise<ClusterView> {
      return clusterViewOf(await askOnce(endpoint, CLUSTER, timeoutOf(config, call)));
    },
    async health(endpoint, call): Promise<NodeReadiness> {
      const body = await askOnce(endpoint, READY, timeoutOf(config, call));
      const reasons = arrayField(body, "reasons").filter((reason) => typeof reason === "string");
      return { ready: booleanField(body, "ready"), reasons };
    },
  };
}

const CLUSTER: ApiRequest = { method: "GET", path: "/api/cluster" };
/** 503 is how a node says that it is not ready. */
const READY: ApiRequest = { method: "GET", path: "/readyz", answers: [503] };

function writeRequest(path: string, body: object): LoopRequest {
  return { safety: "write", method: "POST", path, body, tellTimeout: true };
}

/** Through the query, where every key fits: URLs drop "." and ".." from a path. */
function readRequest(path: string, key: string): LoopRequest {
  return { safety: "read", method: "GET", path, query: { key }, tellTimeout: true };
}

async function askOnce(endpoint: string, request: ApiRequest, timeoutMs: number): Promise<unknown> {
  const outcome = await attempt(endpoint, request, timeoutMs);
  if (outcome.kind !== "answer") throw outcome.error;
  return outcome.body;
}

function timeoutOf(config: ClientConfig, call: CallOptions | undefined): number {
  return call?.timeoutMs === undefined ? config.timeoutMs : checkTimeout(call.timeoutMs);
}
