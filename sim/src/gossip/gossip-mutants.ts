/** Mistakes in gossip, each as small as it could be made. Every one breaks a promise of docs/spec/gossip.md. */
import type { Mutant, Patch } from "../mutants/mutant.ts";

const chitchat = (file: string, find: string, replace: string): Patch => ({
  file: `chitchat/dist/src/${file}.js`,
  find,
  replace,
});

const mutant = (name: string, ...patches: readonly Patch[]): Mutant => ({ name, patches });

const SENDING: readonly Mutant[] = [
  mutant(
    "tombstone not sent",
    chitchat(
      "core/node-state",
      "if (entry.version <= version)",
      "if (entry.version <= version || entry.status === 'delete')",
    ),
  ),
  mutant(
    "collected versions of the peer ignored",
    chitchat(
      "core/compute-delta",
      "peerGc < state.lastGcVersion && peerMax < state.lastGcVersion",
      "false",
    ),
  ),
  mutant(
    "first stale version left out",
    chitchat(
      "core/node-state",
      "if (entry.version <= version)",
      "if (entry.version <= version + 1n)",
    ),
  ),
  mutant(
    "key-values out of order",
    chitchat(
      "core/node-state",
      "        this.#remove(key);\n        this.#keyValues.set",
      "        this.#keyValues.set",
    ),
  ),
  mutant(
    "max version not sent without key-values",
    chitchat("core/compute-delta", "if (keyValues.length === 0)", "if (false)"),
  ),
  mutant(
    "delta above the datagram",
    chitchat(
      "core/gossip-node",
      "const acceptBytesMax = ACCEPT_BYTES_MAX - ownDigestBytes;",
      "const acceptBytesMax = 2 * ACCEPT_BYTES_MAX;",
    ),
    chitchat(
      "core/gossip-node",
      "const bytesMax = DATAGRAM_BYTES_MAX - HEADER_BYTES - ownDigestBytes;",
      "const bytesMax = 2 * DATAGRAM_BYTES_MAX;",
    ),
  ),
];

const APPLYING: readonly Mutant[] = [
  mutant(
    "own state taken from others",
    chitchat(
      "core/gossip-node",
      "            if (key === this.cluster.selfKey)\n                continue;\n            const outcome = this.cluster.apply",
      "            const outcome = this.cluster.apply",
    ),
  ),
  mutant(
    "delta from the future applied",
    chitchat("core/node-state", "if (fromVersionExcluded > this.maxVersion)", "if (false)"),
  ),
  mutant(
    "older delta applied",
    chitchat("core/node-state", "if (isCompatible && this.maxVersion >= maxVersion)", "if (false)"),
  ),
  mutant(
    "reset of a newer state",
    chitchat(
      "core/node-state",
      "lastGcVersion <= this.lastGcVersion || lastGcVersion <= this.maxVersion",
      "lastGcVersion <= this.lastGcVersion",
    ),
    chitchat(
      "core/compute-delta",
      "peerGc < state.lastGcVersion && peerMax < state.lastGcVersion",
      "peerGc < state.lastGcVersion",
    ),
  ),
  mutant(
    "reset keeps the old keys",
    chitchat("core/node-state", "this.#clear();\n        this.heartbeat", "this.heartbeat"),
  ),
  mutant(
    "reset forgets what was collected",
    chitchat(
      "core/node-state",
      "this.maxVersion = 0n;\n        this.lastGcVersion = lastGcVersion;",
      "this.maxVersion = 0n;",
    ),
  ),
  mutant(
    "older version of a key stored",
    chitchat(
      "core/node-state",
      "({ version, status }) => version > floor",
      "({ version, status }) => true",
    ),
    chitchat("core/node-state", "if (held !== undefined && held.version >= version)", "if (false)"),
  ),
  mutant(
    "collecting does not raise the collected version",
    chitchat("core/node-state", "this.lastGcVersion = collected;", ""),
  ),
  mutant(
    "tombstone never collected",
    chitchat(
      "core/node-state",
      'status === "set" || nowMs < sinceMs + graceMs',
      'status !== "delete-after-ttl" || nowMs < sinceMs + graceMs',
    ),
  ),
];

const MEMBERS: readonly Mutant[] = [
  mutant(
    "heartbeat not monotone",
    chitchat(
      "core/cluster-state",
      "if (heartbeat <= state.heartbeat)",
      "if (heartbeat === state.heartbeat)",
    ),
  ),
  mutant(
    "echo of a forgotten node taken in",
    chitchat("core/cluster-state", "this.#forgotten.set(key, state.heartbeat);", ""),
  ),
  mutant(
    "earlier life not noticed",
    chitchat(
      "core/gossip-node",
      "if (entry.heartbeat <= self.heartbeat && entry.maxVersion <= self.maxVersion)",
      "if (true)",
    ),
  ),
  mutant(
    "own keys lost with the old generation",
    chitchat("core/own-keys", 'if (status === "delete")', "if (true)"),
  ),
  mutant("farewell ignored", chitchat("core/failure-detector", "&& !hasLeft", "")),
  mutant(
    "dead node never forgotten",
    chitchat(
      "core/failure-detector",
      "if (nowMs >= sinceMs + this.#config.deadNodeGraceMs)",
      "if (false)",
    ),
  ),
  mutant(
    "dead node offered past half of the grace",
    chitchat(
      "core/failure-detector",
      "this.#config.deadNodeGraceMs / 2",
      "this.#config.deadNodeGraceMs",
    ),
  ),
  mutant(
    "prior of the mean ignored",
    chitchat("core/failure-detector", "const PRIOR_WEIGHT = 5;", "const PRIOR_WEIGHT = 0;"),
  ),
  mutant(
    "long silences counted as intervals",
    chitchat("core/failure-detector", "nowMs - last > config.maxIntervalMs", "false"),
  ),
  mutant(
    "window never filled anew",
    chitchat("core/failure-detector", "interval - (this.#intervals[this.#next] ?? 0)", "interval"),
  ),
  mutant(
    "silent node stays live",
    chitchat("core/failure-detector", "phi <= this.#config.phiThreshold", "true"),
  ),
  mutant(
    "seeds and dead nodes never asked",
    chitchat("core/target-selection", "if (dead.size > 0 &&", "if (false &&"),
    chitchat(
      "core/target-selection",
      "if (seeds.size > 0 &&",
      "if (live.size === 0 && seeds.size > 0 &&",
    ),
  ),
];

export const GOSSIP_MUTANTS: readonly Mutant[] = [...SENDING, ...APPLYING, ...MEMBERS];
