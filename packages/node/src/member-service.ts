/**
 * The KvService of one node: the only place where a request becomes a promise. Reads and writes
 * go to `ReadPath` and `WritePath`; membership goes to whoever leads.
 */
import { CaucusError, type Clock } from "@caucus/base";
import {
  type Command,
  encodeCommand,
  getRecord,
  KEY_BYTES_MAX,
  type KeyPage,
  type KeyRecord,
  listNodes,
  listRecords,
  type StateStore,
  validateCommand,
  validateSessionTag,
} from "@caucus/kv";
import type { LogIndex } from "@caucus/raft";
import type { AdminReply, AdminRequest, ClusterCalls } from "@caucus/rpc";
import type { ActiveMember } from "./active-member.ts";
import { answerAdmin, readAdminReply } from "./admin-forwarding.ts";
import type { Deadlines } from "./deadlines.ts";
import type {
  KnownNode,
  KvService,
  LearnerRequest,
  ListOptions,
  MembershipRequest,
  MembershipResult,
  NodeStatus,
  Readiness,
  ReadOptions,
  WriteOptions,
  WriteResult,
} from "./kv-service.ts";
import { CATCH_UP_TIMEOUT_MS, CHANGE_TIMEOUT_MS } from "./membership/operator-changes.ts";
import { type NodeView, nodeReadiness, nodeStatus } from "./node-status.ts";
import { readConfirmed } from "./read-path.ts";
import { requestDeadline, waitForRetry } from "./request-clock.ts";

/** Records that one `list` answers at most. */
export const LIST_LIMIT_MAX = 1_000;

/** Above what the leader itself allows, so that its own answer comes first. */
const ADMIN_CALL_TIMEOUT_MS: number = CATCH_UP_TIMEOUT_MS + 2 * CHANGE_TIMEOUT_MS;

export interface Refusal {
  readonly code: "poisoned" | "unavailable";
  readonly message: string;
}

export interface MemberServiceParts {
  readonly state: StateStore;
  readonly calls: Pick<ClusterCalls, "admin">;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  /** Undefined while the node belongs to no cluster. */
  readonly active: () => ActiveMember | undefined;
  /** Why nothing can be served at all; undefined nearly always: asked at each request. */
  readonly refusal: () => Refusal | undefined;
  readonly view: () => NodeView;
  readonly initialize: () => Promise<void>;
}

export class MemberService implements KvService {
  readonly #parts: MemberServiceParts;

  constructor(parts: MemberServiceParts) {
    this.#parts = parts;
  }

  async write(command: Command, options: WriteOptions = {}): Promise<WriteResult> {
    const { forward = true, session, timeoutMs } = options;
    const problem =
      validateCommand(command) ??
      (session === undefined ? undefined : validateSessionTag(session, command));
    if (problem !== undefined) {
      throw new CaucusError("invalid_argument", problem, { outcome: "not_applied" });
    }
    const deadlineMs = requestDeadline(this.#parts.clock, timeoutMs);
    const { writes } = this.#require("not_applied");
    const data = encodeCommand(command, session);
    return new Promise((resolve, reject) => {
      writes.submit({ data, deadlineMs, forward }, (outcome) => {
        if (outcome.kind === "failed") {
          reject(outcome.error);
          return;
        }
        const { index, result, term } = outcome;
        const refusal = refusalOf(result);
        if (refusal === undefined) resolve({ index, result, term });
        else reject(refusal);
      });
    });
  }

  async get(key: Uint8Array, options: ReadOptions = {}): Promise<KeyRecord | undefined> {
    if (key.length === 0 || key.length > KEY_BYTES_MAX) {
      const message = `key has ${key.length} bytes, allowed are 1 to ${KEY_BYTES_MAX}`;
      throw new CaucusError("invalid_argument", message);
    }
    return this.#read(options, () => getRecord(this.#parts.state, key));
  }

  async list(prefix: Uint8Array, limit: number, options: ListOptions = {}): Promise<KeyPage> {
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > LIST_LIMIT_MAX) {
      const message = `limit is ${limit}, allowed are whole numbers from 1 to ${LIST_LIMIT_MAX}`;
      throw new CaucusError("invalid_argument", message);
    }
    const { after } = options;
    for (const [field, key] of Object.entries({ prefix, after })) {
      if (key === undefined || key.length <= KEY_BYTES_MAX) continue;
      const message = `${field} has ${key.length} bytes, allowed are 0 to ${KEY_BYTES_MAX}`;
      throw new CaucusError("invalid_argument", message);
    }
    return this.#read(options, () => listRecords(this.#parts.state, { prefix, after, limit }));
  }

  knownNodes(): readonly KnownNode[] {
    return listNodes(this.#parts.state);
  }

  initialize(): Promise<void> {
    return this.#parts.initialize();
  }

  addLearner(request: LearnerRequest): Promise<MembershipResult> {
    return this.#onLeader({ method: "add-learner", body: JSON.stringify(request) });
  }

  changeMembership(request: MembershipRequest): Promise<MembershipResult> {
    return this.#onLeader({ method: "change-membership", body: JSON.stringify(request) });
  }

  async transferLeadership(label: number | undefined): Promise<void> {
    await this.#onLeader({ method: "transfer-leadership", body: JSON.stringify({ label }) });
  }

  async compact(): Promise<LogIndex> {
    return this.#require(undefined).raft.driver.compact();
  }

  status(): NodeStatus {
    return nodeStatus(this.#parts.view());
  }

  readiness(): Readiness {
    return nodeReadiness(this.#parts.view());
  }

  /** Another member has sent this on because it thinks that this node leads. */
  answerAdmin(request: AdminRequest): Promise<AdminReply> {
    return answerAdmin(async () => {
      const active = this.#require("not_applied");
      if (active.routing.route.kind === "self") return runAdmin(active, request);
      throw new CaucusError("no_leader", "this node does not lead", { outcome: "not_applied" });
    });
  }

  /** Runs the request here when this node leads, else there. Waits for a leader for a while. */
  async #onLeader<T>(request: AdminRequest): Promise<T> {
    const { calls, clock } = this.#parts;
    const deadlineMs = requestDeadline(clock);
    for (;;) {
      const active = this.#require("not_applied");
      const { route } = active.routing;
      try {
        if (route.kind === "self") return (await runAdmin(active, request)) as T;
        if (route.kind === "other") {
          const { rpcAddress } = route.leader;
          return readAdminReply(await calls.admin(rpcAddress, request, ADMIN_CALL_TIMEOUT_MS)) as T;
        }
      } catch (thrown) {
        const error = CaucusError.from(thrown);
        if (error.code !== "no_leader" || error.outcome === "unknown") throw error;
      }
      await this.#waitForLeader(active, deadlineMs);
    }
  }

  #waitForLeader(active: ActiveMember, deadlineMs: number): Promise<void> {
    const { clock, deadlines } = this.#parts;
    return new Promise((resolve, reject) => {
      waitForRetry(active.routing, deadlines, clock, deadlineMs, (end) => {
        if (end === "retry") resolve();
        else if (end === "overloaded") reject(new CaucusError("overloaded", "too many wait"));
        else reject(new CaucusError("no_leader", "no leader is known", { outcome: "not_applied" }));
      });
    });
  }

  async #read<T>(options: ReadOptions, query: () => T): Promise<T> {
    const { consistency = "linearizable", timeoutMs } = options;
    const deadlineMs = requestDeadline(this.#parts.clock, timeoutMs);
    const { raft } = this.#require(undefined);
    if (consistency === "local") return query();
    return readConfirmed((until, done) => raft.driver.read(until, done), deadlineMs, query);
  }

  /** @throws CaucusError `poisoned` or `unavailable`; `outcome` is for writes */
  #require(outcome: "not_applied" | undefined): ActiveMember {
    const { active, refusal, view } = this.#parts;
    const options = outcome === undefined ? {} : { outcome };
    const refused = refusal();
    if (refused !== undefined) throw new CaucusError(refused.code, refused.message, options);
    const member = active();
    if (member !== undefined) return member;
    throw new CaucusError("unavailable", `no cluster yet: ${view().waitsFor}`, options);
  }
}

function runAdmin(active: ActiveMember, request: AdminRequest): Promise<unknown> {
  const { operator } = active;
  const body: unknown = JSON.parse(request.body);
  switch (request.method) {
    case "add-learner":
      return operator.addLearner(body as LearnerRequest);
    case "change-membership":
      return operator.changeMembership(body as MembershipRequest);
    case "transfer-leadership":
      return operator.transferLeadership((body as { readonly label?: number }).label);
    default:
      throw new CaucusError(
        "invalid_argument",
        `admin method ${String(request.method)} is unknown`,
      );
  }
}

/** A refused command was applied as a refusal: nothing was executed. */
function refusalOf(result: WriteResult["result"]): CaucusError | undefined {
  if (result.kind !== "refused") return undefined;
  const options = { outcome: "not_applied" } as const;
  switch (result.reason) {
    case "session-expired":
    case "sequence-gone":
      return new CaucusError("session_expired", result.message, options);
    case "session-limit":
      return new CaucusError("overloaded", result.message, { ...options, retryAfterSeconds: 60 });
    case "too-many-keys":
    case "invalid":
      return new CaucusError("invalid_argument", result.message, options);
  }
}
