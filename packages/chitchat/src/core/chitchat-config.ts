import { CaucusError } from "@caucus/base";

/** The rules of a node. All times in ms, all sizes in bytes. */
export interface ChitchatConfig {
  /** Time from one round of gossip to the next. */
  readonly gossipIntervalMs: number;
  /** A node is dead when its silence exceeds this many times its mean heartbeat interval. */
  readonly phiThreshold: number;
  /** How many intervals the mean is taken over. */
  readonly samplingWindowSize: number;
  /** Longer intervals are not counted: they are silences. */
  readonly maxIntervalMs: number;
  /** The mean starts as if five intervals of this length had been seen. */
  readonly initialIntervalMs: number;
  /** A dead node is offered to nobody after half of this, and forgotten after all of it. */
  readonly deadNodeGraceMs: number;
  /** Tombstones and keys with a time to live are dropped after this, on each node by its own clock. */
  readonly markedForDeletionGraceMs: number;
  /**
   * Room for all known nodes in one digest; about 51 bytes for each. Nodes beyond it are not taken
   * in. The default keeps nodes of the Rust library, which stop at 65,407, alive.
   */
  readonly digestBytesMax: number;
  /** Memory for the keys and values of one node, tombstones included. */
  readonly nodeStateBytesMax: number;
  /** Memory for the keys and values of all nodes. */
  readonly clusterStateBytesMax: number;
  /** Forgotten nodes of which the last heartbeat is kept, so that echoes do not bring them back. */
  readonly forgottenNodesMax: number;
  /**
   * Share of the interval that may go into received datagrams, 0.5 for half of it; the rest is dropped
   * and counted. The first ones after a round are the answers to it.
   */
  readonly receiveShareMax: number;
  /**
   * Allow (and pass on) keys whose first character is not ASCII. One such key stops every node of
   * the Rust library that receives it.
   */
  readonly allowNonAsciiKeys: boolean;
}

export type ChitchatRuleOptions = {
  readonly [K in keyof ChitchatConfig]?: ChitchatConfig[K] | undefined;
};

const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;

export const CHITCHAT_DEFAULTS: ChitchatConfig = {
  gossipIntervalMs: 500,
  phiThreshold: 8,
  samplingWindowSize: 1_000,
  maxIntervalMs: 10_000,
  initialIntervalMs: 5_000,
  deadNodeGraceMs: 24 * HOUR_MS,
  markedForDeletionGraceMs: 2 * HOUR_MS,
  digestBytesMax: 64_000,
  nodeStateBytesMax: 16 * MIB,
  clusterStateBytesMax: 256 * MIB,
  forgottenNodesMax: 500,
  receiveShareMax: 0.5,
  allowNonAsciiKeys: false,
};

/** Options that may be fractions; the others are integers. */
const FRACTIONS: ReadonlySet<string> = new Set(["phiThreshold", "receiveShareMax"]);
/** Above it, a SynAck has no room for a delta. */
const DIGEST_BYTES_LIMIT = 64_000;

/** Throws CaucusError `invalid_argument` that names the option, its value and what is allowed. */
export function resolveChitchatConfig(options: ChitchatRuleOptions = {}): ChitchatConfig {
  const config: Record<string, number | boolean> = { ...CHITCHAT_DEFAULTS };
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const standard = config[name];
    if (standard === undefined) {
      throw invalid(name, value, `options ${Object.keys(CHITCHAT_DEFAULTS).join(", ")}`);
    }
    if (typeof standard === "boolean") {
      if (typeof value !== "boolean") throw invalid(name, value, "true and false");
    } else if (!isPositive(value, FRACTIONS.has(name))) {
      const kind = FRACTIONS.has(name) ? "numbers" : "integers";
      throw invalid(name, value, `${kind} above 0`);
    }
    config[name] = value;
  }
  const resolved = config as unknown as ChitchatConfig;
  if (resolved.digestBytesMax > DIGEST_BYTES_LIMIT) {
    throw invalid("digestBytesMax", resolved.digestBytesMax, `at most ${DIGEST_BYTES_LIMIT}`);
  }
  return resolved;
}

function isPositive(value: unknown, mayBeFraction: boolean): boolean {
  if (typeof value !== "number" || value <= 0) return false;
  return mayBeFraction ? Number.isFinite(value) : Number.isSafeInteger(value);
}

function invalid(name: string, value: unknown, allowed: string): CaucusError {
  return new CaucusError("invalid_argument", `${name} is ${String(value)}, allowed are ${allowed}`);
}
