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
  type MembershipPolicy,
  readMembershipPolicy,
  type StateStore,
  validateCommand,
  validateSessionTag,
} from "@caucus/kv";
import type { LogIndex } from "@caucus/raft";
import type { AdminReply, AdminRequest, ClusterCalls } from "@caucus/rpc";
import type { ActiveMember } from "./active-member.ts";
import { Administration } from "./administration.ts";
import type { Deadlines } from "./deadlines.ts";
import type {
  Explanation,
  KnownNode,
  KvService,
  LearnerRequest,
  ListOptions,
  MembershipRequest,
  MembershipResult,
  MembershipView,
  NodeStatus,
  PolicyRequest,
  Readiness,
  ReadOptions,
  RemovalRequest,
  WriteOptions,
  WriteResult,
} from "./kv-service.ts";
import { type NodeView, nodeReadiness, nodeStatus } from "./node-status.ts";
import { readConfirmed } from "./read-path.ts";
import { requestDeadline } from "./request-clock.ts";

/** Records that one `list` answers at most. */
export const LIST_LIMIT_MAX = 1_000;

/** A person waits for the answer, and it is one as well that the leader has none. */
const EXPLAIN_TIMEOUT_MS = 1_500;

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
  readonly #administration: Administration;

  constructor(parts: MemberServiceParts) {
    this.#parts = parts;
    this.#administration = new Administration({
      ...parts,
      require: () => this.#require("not_applied"),
    });
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
    return this.#administration.onLeader("add-learner", request);
  }

  changeMembership(request: MembershipRequest): Promise<MembershipResult> {
    return this.#administration.onLeader("change-membership", request);
  }

  removeMember(request: RemovalRequest): Promise<MembershipResult> {
    return this.#administration.onLeader("remove-member", request);
  }

  async transferLeadership(label: number | undefined): Promise<void> {
    await this.#administration.onLeader("transfer-leadership", { label });
  }

  setMembershipPolicy(request: PolicyRequest): Promise<MembershipPolicy> {
    return this.#administration.onLeader("set-membership-policy", request);
  }

  compact(): Promise<LogIndex> {
    return this.purgeLog();
  }

  async purgeLog(upTo?: LogIndex): Promise<LogIndex> {
    if (upTo !== undefined && (!Number.isSafeInteger(upTo) || upTo < 1)) {
      const message = `upTo is ${upTo}, allowed are whole numbers from 1`;
      throw new CaucusError("invalid_argument", message);
    }
    return this.#require(undefined).raft.driver.compact(upTo);
  }

  status(): NodeStatus {
    return nodeStatus(this.#parts.view());
  }

  readiness(): Readiness {
    return nodeReadiness(this.#parts.view());
  }

  membership(): MembershipView {
    const { active, state } = this.#parts;
    const none = { policy: readMembershipPolicy(state), decisions: [], nominees: [] };
    return active()?.membership.view() ?? none;
  }

  async explain(): Promise<Explanation> {
    const { active, view } = this.#parts;
    const { self, waitsFor } = view();
    const member = active();
    if (member === undefined) {
      const none = `node ${self.label} belongs to no cluster: ${waitsFor}`;
      return { leader: [none], voters: [none], departure: ["no cluster would notice"] };
    }
    const { route } = member.routing;
    if (route.kind !== "other") return member.membership.explain(self.key, false);
    const question = { key: self.key };
    return this.#administration
      .askLeader<Explanation>("explain", question, EXPLAIN_TIMEOUT_MS)
      .catch(() => member.membership.explain(self.key, true));
  }

  /** Another member has sent this on because it thinks that this node leads. */
  answerAdmin(request: AdminRequest): Promise<AdminReply> {
    return this.#administration.answer(request);
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
