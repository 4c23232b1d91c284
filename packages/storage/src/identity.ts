import { CaucusError, crc32 } from "@caucus/base";
import { type ClusterId, isIdentity, type MemberKey } from "@caucus/raft";

/** Who a data directory is. With memory storage a new one at each start. */
export interface Identity {
  readonly memberKey: MemberKey;
  /** The number of `--id`. */
  readonly label: number;
  /** Rises by one at each opening, fsynced; 1 at the first. */
  readonly startCounter: number;
  /** Undefined before the member belongs to a cluster. Never changes after that. */
  readonly cluster: ClusterId | undefined;
  /** The bootstrap promise (docs/decisions/0006): opaque text, at most 64 KiB. */
  readonly promise: string | undefined;
}

/** The identity and the two changes that a member makes to it. Calls are queued, in order. */
export interface IdentityStore {
  /** As of the last change that has resolved. */
  readonly current: Identity;
  /** Resolves when it is on disk. Rejects as `conflict` when the member belongs to another one. */
  joinCluster(cluster: ClusterId): Promise<void>;
  /** Resolves when it is on disk; undefined withdraws the promise. */
  setPromise(promise: string | undefined): Promise<void>;
}

export const PROMISE_BYTES_MAX: number = 64 * 1024;
const IDENTITY_FORMAT = 1;

/** The identity that belongs to `cluster`; throws `conflict` when it belongs to another one. */
export function identityInCluster(identity: Identity, cluster: ClusterId): Identity {
  if (identity.cluster !== undefined && identity.cluster !== cluster) {
    throw new CaucusError(
      "conflict",
      `this member belongs to cluster ${identity.cluster}, it can't join cluster ${cluster}`,
    );
  }
  return { ...identity, cluster };
}

/** Throws `invalid_argument` above PROMISE_BYTES_MAX. */
export function identityWithPromise(identity: Identity, promise: string | undefined): Identity {
  if (promise !== undefined && Buffer.byteLength(promise) > PROMISE_BYTES_MAX) {
    throw new CaucusError(
      "invalid_argument",
      `the promise has ${Buffer.byteLength(promise)} bytes, allowed are ${PROMISE_BYTES_MAX}`,
    );
  }
  return { ...identity, promise };
}

/** One line of JSON, one line with its CRC-32: a person can read it, damage is noticed. */
export function encodeIdentity(identity: Identity): string {
  const json = JSON.stringify({ format: IDENTITY_FORMAT, ...identity });
  return `${json}\n${checksumOf(json)}\n`;
}

/** Throws `unsupported` for a newer format, `internal` for anything else; names no file. */
export function decodeIdentity(text: string): Identity {
  const [json, checksum, ...rest] = text.split("\n");
  if (json === undefined || checksum !== checksumOf(json) || rest.join("") !== "") {
    throw new CaucusError("internal", "the checksum is wrong");
  }
  const fields = JSON.parse(json) as Identity & { readonly format: number };
  if (fields.format !== IDENTITY_FORMAT) {
    throw new CaucusError(
      "unsupported",
      `identity format ${fields.format}, this program knows ${IDENTITY_FORMAT}`,
    );
  }
  if (!isIdentity(fields.memberKey)) {
    throw new CaucusError("internal", `the member key is ${JSON.stringify(fields.memberKey)}`);
  }
  const { memberKey, label, startCounter, cluster, promise } = fields;
  return { memberKey, label, startCounter, cluster, promise };
}

function checksumOf(json: string): string {
  return `crc32 ${crc32(new TextEncoder().encode(json)).toString(16).padStart(8, "0")}`;
}
