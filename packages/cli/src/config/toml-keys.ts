/**
 * The names of a configuration file: what a flag is called, in snake_case, and the spellings of the
 * programs whose files this one takes, which have sections.
 */
import { type AnySchema, namesOf } from "../command/option-schema.ts";

/** The spellings that do not follow from a flag, to the field. */
export const FURTHER_KEYS: ReadonlyMap<string, string> = new Map([
  // There the integer is the label; the gossip name of the flag --node_id is node_name here.
  ["node_id", "id"],
  ["raft.addr", "rpcAddr"],
  ["raft.address", "rpcAddr"],
  ["raft.advertise_host", "publicAddr"],
  ["raft.single", "bootstrap"],
  ["raft.join", "join"],
  ["raft.heartbeat_interval", "heartbeatMs"],
  ["raft.election_timeout_min", "electionTimeoutMs"],
  ["rocksdb.data_path", "dataDir"],
  ["rocksdb.max_open_files", "maxOpenFiles"],
  ["log.level", "logLevel"],
  ["log.file", "logFile"],
]);

/** Known there, and refused here with the reason. */
export const REFUSED_KEYS: ReadonlyMap<string, string> = new Map([
  [
    "raft.grpc_max_message_size",
    "entries are sent in messages of at most 1 MiB and a snapshot in pieces, so there is nothing to raise; remove the line",
  ],
]);

export interface ImpliedKey {
  readonly field: string;
  readonly factor: number;
  readonly why: string;
}

/** Says what follows from another key here, so it is allowed only when it agrees. */
export const IMPLIED_KEYS: ReadonlyMap<string, ImpliedKey> = new Map([
  [
    "raft.election_timeout_max",
    {
      field: "electionTimeoutMs",
      factor: 2,
      why: "elections are spread from election_timeout_min to twice as long",
    },
  ],
]);

/** Every key that a file may have, to the field. */
export function keysOf(schema: AnySchema): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const [name, field] of namesOf(schema)) {
    if (schema[field]?.sayable === undefined) keys.set(name.replaceAll("-", "_"), field);
  }
  for (const [key, field] of FURTHER_KEYS) {
    if (schema[field] !== undefined) keys.set(key, field);
  }
  return keys;
}
