import { CaucusError, type CaucusErrorOptions, type ErrorCode } from "@caucus/base";
import type { KvService, MembershipView, NodeStatus, PeerStatus, WriteOptions } from "@caucus/node";
import { EMPTY_CONFIGURATION, type Member, validateCommand } from "@caucus/node";
import { type FakeMembers, fakeMembership, memberOfLabel } from "./fake-membership.ts";
import {
  applyCommand,
  emptyRecords,
  type FakeRecords,
  idOf,
  listOf,
  nodesOf,
  put,
} from "./fake-records.ts";

/** A KvService in memory: one node that applies at once, for tests of the edges. */
export interface FakeKvService extends KvService {
  /** The next and all later calls that need the cluster fail like this; undefined heals. */
  failWith(code: ErrorCode | undefined, message?: string, options?: CaucusErrorOptions): void;
  /** Back to how it was created; `initialized` false: it belongs to no cluster. */
  reset(options?: { readonly initialized?: boolean }): void;
  /** Overlays the status. */
  setStatus(changes: Partial<NodeStatus>): void;
  /** Overlays what `membership` answers. */
  setMembership(changes: Partial<MembershipView>): void;
  setReadiness(ready: boolean, reasons: readonly string[]): void;
  /** Writes bytes that no JSON route can write. */
  putBytes(key: Uint8Array, value: Uint8Array): void;
  /** Options of the last write, to see what a route passed on. */
  readonly lastWriteOptions: WriteOptions | undefined;
  /** What reached the last `get`. */
  readonly lastConsistency: string | undefined;
}

const LABEL = 1;

interface FakeState extends FakeRecords, FakeMembers {
  failure: CaucusError | undefined;
  compactedIndex: number;
  overlay: Partial<NodeStatus>;
  readiness: { ready: boolean; reasons: readonly string[] };
}

function emptyState(): FakeState {
  return {
    ...emptyRecords(),
    index: 0,
    configuration: EMPTY_CONFIGURATION,
    configurationIndex: 0,
    failure: undefined,
    compactedIndex: 0,
    policy: { automatic: false, paused: [] },
    membership: {},
    overlay: {},
    readiness: { ready: true, reasons: [] },
  };
}

export function createFakeKvService(
  options: { readonly initialized?: boolean } = {},
): FakeKvService {
  const self = memberOfLabel(LABEL, "127.0.0.1:21001");
  const state = emptyState();
  let lastWriteOptions: WriteOptions | undefined;
  let lastConsistency: string | undefined;

  const initialize = (): void => {
    state.index += 1;
    state.configuration = { ...EMPTY_CONFIGURATION, voters: [self.key], members: [self] };
    state.configurationIndex = state.index;
  };
  const reset = (to: { readonly initialized?: boolean }): void => {
    Object.assign(state, emptyState());
    if (to.initialized !== false) initialize();
  };
  reset(options);

  const requireCluster = (outcome?: "not_applied"): void => {
    if (state.failure !== undefined) throw state.failure;
    if (state.configurationIndex === 0) {
      throw new CaucusError("unavailable", "waiting for /init", outcome && { outcome });
    }
  };

  return {
    failWith(code, message = `failing as ${code}`, failure = {}) {
      state.failure = code && new CaucusError(code, message, failure);
    },
    reset: (to = {}) => reset(to),
    setStatus(changes) {
      state.overlay = changes;
    },
    setMembership(changes) {
      state.membership = changes;
    },
    setReadiness(ready, reasons) {
      state.readiness = { ready, reasons };
    },
    putBytes: (key, value) => put(state, key, value),
    get lastWriteOptions() {
      return lastWriteOptions;
    },
    get lastConsistency() {
      return lastConsistency;
    },
    async write(command, writeOptions) {
      lastWriteOptions = writeOptions;
      const outcome = "not_applied";
      const problem = validateCommand(command);
      if (problem !== undefined) throw new CaucusError("invalid_argument", problem, { outcome });
      requireCluster(outcome);
      state.index += 1;
      return { result: applyCommand(state, command), index: state.index, term: 1 };
    },
    async get(key, readOptions) {
      lastConsistency = readOptions?.consistency ?? "linearizable";
      if (lastConsistency === "linearizable") requireCluster();
      return state.records.get(idOf(key));
    },
    async list(prefix, limit, listOptions) {
      lastConsistency = listOptions?.consistency ?? "linearizable";
      if (lastConsistency === "linearizable") requireCluster();
      return listOf(state, prefix, limit, listOptions?.after);
    },
    knownNodes: () => nodesOf(state),
    async initialize() {
      if (state.failure !== undefined) throw state.failure;
      if (state.configurationIndex !== 0) {
        throw new CaucusError("conflict", "this node already belongs to a cluster");
      }
      initialize();
    },
    ...fakeMembership(state, requireCluster),
    async compact() {
      requireCluster();
      return purgeLog(state, state.index);
    },
    async purgeLog(upTo = state.index) {
      requireCluster();
      return purgeLog(state, upTo);
    },
    status: () => ({ ...statusOf(state, self), ...state.overlay }),
    readiness: () => state.readiness,
  };
}

function purgeLog(state: FakeState, upTo: number): number {
  state.compactedIndex = Math.max(state.compactedIndex, Math.min(upTo, state.index));
  return state.compactedIndex;
}

function statusOf(state: FakeState, self: Member): NodeStatus {
  const running = state.configurationIndex !== 0;
  const { configuration } = state;
  const peers = configuration.members.map(
    (member): PeerStatus => ({
      member,
      role: configuration.learners.includes(member.key) ? "learner" : "voter",
      self: member.key === self.key,
      progress: member.key === self.key ? undefined : "replicate",
      matchIndex: member.key === self.key ? undefined : state.index,
      lastContactMs: member.key === self.key ? undefined : 12.5,
    }),
  );
  return {
    label: self.label,
    key: self.key,
    cluster: running ? "c".repeat(32) : undefined,
    apiAddress: self.apiAddress,
    rpcAddress: self.rpcAddress,
    version: "0.1.0",
    storage: "memory",
    state: running ? "running" : "waiting",
    role: running ? "leader" : "learner",
    term: running ? 1 : 0,
    leader: running ? self : undefined,
    commitIndex: state.index,
    appliedIndex: state.index,
    appliedTerm: running ? 1 : 0,
    lastLogIndex: state.index,
    compactedIndex: state.compactedIndex,
    snapshot: state.compactedIndex === 0 ? undefined : { index: state.compactedIndex, term: 1 },
    configuration,
    configurationIndex: state.configurationIndex,
    peers,
    revision: state.revision,
  };
}
