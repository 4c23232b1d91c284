import { CaucusError } from "@caucus/base";
import { type ApiRequest, attempt } from "./attempt.ts";
import {
  type ClientConfig,
  type ClientOptions,
  checkTimeout,
  resolveClientConfig,
} from "./client-config.ts";
import {
  type ClusterView,
  clusterViewOf,
  type MembershipPolicy,
  membershipPolicyOf,
} from "./cluster-view.ts";
import { arrayField, booleanField } from "./json.ts";
import {
  type DeleteReceipt,
  deleteReceiptOf,
  encodedValue,
  type ListPage,
  listPageOf,
  receiptOf,
  type StoredValue,
  storedValueOf,
  type WriteReceipt,
} from "./key-answers.ts";
import {
  type Explanation,
  explanationOf,
  type KnownMember,
  knownMembersOf,
  type MembershipReceipt,
  membershipReceiptOf,
} from "./member-answers.ts";
import { type LoopRequest, RequestLoop, withOutcome } from "./request-loop.ts";

export interface CallOptions {
  /** For the whole call; default the client's. 1 to 60,000. */
  readonly timeoutMs?: number;
}

export interface ListOptions extends CallOptions {
  /** Of one page; 1 to 1,000, default 100. A page also ends at 4 MiB. */
  readonly limit?: number;
  /** Only keys behind this one: the last key of the page before. */
  readonly after?: string;
  /** Default `linearizable`; `local` is what one of the nodes has applied so far. */
  readonly consistency?: "linearizable" | "local";
}

export interface LearnerOptions extends CallOptions {
  /** `host:port` of its gRPC; default the address that the cluster knows. */
  readonly rpcAddress?: string;
  /** Answer only when it has caught up, which can take minutes. Default false. */
  readonly wait?: boolean;
}

export interface PolicyChange {
  /** Whether gossip may change the members at all. */
  readonly automatic?: boolean;
  /** Ids that automation may act on again. */
  readonly readmit?: readonly number[];
}

/** Whether a node can serve, and why not. */
export interface NodeReadiness {
  readonly ready: boolean;
  /** Empty when ready. */
  readonly reasons: readonly string[];
}

/**
 * A cluster seen from outside. Every method rejects with CaucusError; the error of whatever changes
 * something always has an `outcome`, `not_applied` or `unknown`. Keys are 1 byte to 4 KiB of UTF-8
 * and values up to 1 MiB.
 */
export interface Client {
  write(key: string, value: string | Uint8Array, options?: CallOptions): Promise<WriteReceipt>;
  delete(key: string, options?: CallOptions): Promise<DeleteReceipt>;
  /** Linearizable: sees every write that was acknowledged before the call. */
  get(key: string, options?: CallOptions): Promise<StoredValue | undefined>;
  /** What one of the nodes has applied so far; may be old. */
  readLocal(key: string, options?: CallOptions): Promise<StoredValue | undefined>;
  /** A page of the records whose keys start with `prefix`, in byte order; "" is all of them. */
  list(prefix: string, options?: ListOptions): Promise<ListPage>;
  /** What one of the nodes knows of the cluster. */
  cluster(options?: CallOptions): Promise<ClusterView>;
  /** What the node at exactly this endpoint knows; one attempt. */
  status(endpoint: string, options?: CallOptions): Promise<ClusterView>;
  /** Of the node at exactly this endpoint; one attempt. Not being ready is an answer, no error. */
  health(endpoint: string, options?: CallOptions): Promise<NodeReadiness>;
  /** Everybody that one of the nodes knows, by consensus or by gossip. */
  members(options?: CallOptions): Promise<readonly KnownMember[]>;
  /** In words, by one of the nodes. */
  explain(options?: CallOptions): Promise<Explanation>;
  /** A node that runs becomes a learner: it gets the log and has no vote. */
  addLearner(id: number, options?: LearnerOptions): Promise<MembershipReceipt>;
  /** A learner that has caught up becomes a voter. */
  promote(id: number, options?: CallOptions): Promise<MembershipReceipt>;
  /** A voter or learner leaves, and stays out of automation until it is told otherwise. */
  removeMember(id: number, options?: CallOptions): Promise<MembershipReceipt>;
  /** To that voter, or to whom the leader chooses. */
  transferLeadership(id: number | undefined, options?: CallOptions): Promise<void>;
  /** What is not given stays as it is. */
  setMembershipPolicy(change: PolicyChange, options?: CallOptions): Promise<MembershipPolicy>;
}

/** Throws CaucusError `invalid_argument` for bad options. Opens no connection by itself. */
export function createClient(options: ClientOptions): Client {
  const config = resolveClientConfig(options);
  const loop = new RequestLoop(config);
  const run: Run = async (request, call, read) => {
    const body = await loop.run(request, timeoutOf(config, call));
    try {
      return read(body);
    } catch (thrown) {
      if (request.safety === "read") throw thrown;
      throw withOutcome(CaucusError.from(thrown), "unknown");
    }
  };

  return {
    async write(key, value, call): Promise<WriteReceipt> {
      const body = { key, ...encodedValue(value) };
      return await run(writeRequest("/api/write", body), call, receiptOf);
    },
    async delete(key, call): Promise<DeleteReceipt> {
      return await run(writeRequest("/api/delete", { key }), call, deleteReceiptOf);
    },
    async get(key, call): Promise<StoredValue | undefined> {
      return await run(readRequest("/api/consistent_read", key), call, storedValueOf);
    },
    async readLocal(key, call): Promise<StoredValue | undefined> {
      return await run(readRequest("/api/read", key), call, storedValueOf);
    },
    async list(prefix, call): Promise<ListPage> {
      return await run(listRequest(prefix, call ?? {}), call, listPageOf);
    },
    async cluster(call): Promise<ClusterView> {
      return await run({ safety: "read", ...CLUSTER }, call, clusterViewOf);
    },
    async status(endpoint, call): Promise<ClusterView> {
      return clusterViewOf(await askOnce(endpoint, CLUSTER, timeoutOf(config, call)));
    },
    async health(endpoint, call): Promise<NodeReadiness> {
      const body = await askOnce(endpoint, READY, timeoutOf(config, call));
      const reasons = arrayField(body, "reasons").filter((reason) => typeof reason === "string");
      return { ready: booleanField(body, "ready"), reasons };
    },
    async members(call): Promise<readonly KnownMember[]> {
      return await run({ safety: "read", ...MEMBERS }, call, knownMembersOf);
    },
    async explain(call): Promise<Explanation> {
      return await run({ safety: "read", ...EXPLAIN }, call, explanationOf);
    },
    ...adminOf(run),
  };
}

/** What a node answers, as `read` understands it. */
type Run = <Answer>(
  request: LoopRequest,
  call: CallOptions | undefined,
  read: (body: unknown) => Answer,
) => Promise<Answer>;

function adminOf(
  run: Run,
): Pick<
  Client,
  "addLearner" | "promote" | "removeMember" | "setMembershipPolicy" | "transferLeadership"
> {
  const change = async <Answer>(
    name: string,
    body: object,
    call: CallOptions | undefined,
    read: (body: unknown) => Answer,
  ): Promise<Answer> =>
    await run({ safety: "write", method: "POST", path: `/api/${name}`, body }, call, read);
  return {
    async addLearner(id, { rpcAddress, wait = false, ...call } = {}): Promise<MembershipReceipt> {
      const address = rpcAddress === undefined ? {} : { rpc_addr: rpcAddress };
      const body = { node_id: id, ...address, wait };
      return await change("add-learner", body, call, membershipReceiptOf);
    },
    async promote(id, call): Promise<MembershipReceipt> {
      return await change("promote", { node_id: id }, call, membershipReceiptOf);
    },
    async removeMember(id, call): Promise<MembershipReceipt> {
      return await change("remove-member", { node_id: id }, call, membershipReceiptOf);
    },
    async setMembershipPolicy(wanted, call): Promise<MembershipPolicy> {
      return await change("membership-policy", wanted, call, membershipPolicyOf);
    },
    async transferLeadership(id, call): Promise<void> {
      const body = id === undefined ? {} : { node_id: id };
      await change("transfer-leadership", body, call, () => undefined);
    },
  };
}

const CLUSTER: ApiRequest = { method: "GET", path: "/api/cluster" };
const MEMBERS: ApiRequest = { method: "GET", path: "/members" };
const EXPLAIN: ApiRequest = { method: "GET", path: "/api/cluster/explain" };
/** 503 is how a node says that it is not ready. */
const READY: ApiRequest = { method: "GET", path: "/readyz", answers: [503] };

function writeRequest(path: string, body: object): LoopRequest {
  return { safety: "write", method: "POST", path, body, tellTimeout: true };
}

/** Through the query, where every key fits: URLs drop "." and ".." from a path. */
function readRequest(path: string, key: string): LoopRequest {
  return { safety: "read", method: "GET", path, query: { key }, tellTimeout: true };
}

function listRequest(prefix: string, { after, consistency, limit }: ListOptions): LoopRequest {
  const query = {
    prefix,
    ...(after === undefined ? {} : { after }),
    ...(consistency === undefined ? {} : { consistency }),
    ...(limit === undefined ? {} : { limit: String(limit) }),
  };
  return { safety: "read", method: "GET", path: "/api/kv", query, tellTimeout: true };
}

async function askOnce(endpoint: string, request: ApiRequest, timeoutMs: number): Promise<unknown> {
  const outcome = await attempt(endpoint, request, timeoutMs);
  if (outcome.kind !== "answer") throw outcome.error;
  return outcome.body;
}

function timeoutOf(config: ClientConfig, call: CallOptions | undefined): number {
  return call?.timeoutMs === undefined ? config.timeoutMs : checkTimeout(call.timeoutMs);
}
