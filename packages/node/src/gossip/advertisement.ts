/** What a node tells of itself in gossip: the keys, and what others may be believed of theirs. */
import { readService, type ServiceInfo, serviceObject } from "./service-info.ts";

/** Keys with it belong to the program, like the one that says goodbye. */
export const RESERVED_PREFIX = "__caucus_";

/** The name that seed 1's program has for it. */
export const SERVICE_KEY = "service";

const KEYS = {
  apiAddress: `${RESERVED_PREFIX}api_addr`,
  version: `${RESERVED_PREFIX}version`,
  label: `${RESERVED_PREFIX}id`,
  key: `${RESERVED_PREFIX}key`,
  rpcAddress: `${RESERVED_PREFIX}rpc_addr`,
  cluster: `${RESERVED_PREFIX}cluster`,
} as const;

/** How a member of a Raft cluster is found and counted. */
export interface RaftAdvertisement {
  readonly label: number;
  readonly key: string;
  readonly rpcAddress: string;
  /** The Raft cluster that it belongs to; undefined while it belongs to none. */
  readonly cluster: string | undefined;
}

export interface Advertisement {
  readonly service: ServiceInfo;
  /** Where clients reach its HTTP. */
  readonly apiAddress: string;
  readonly version: string;
  /** Undefined for a node that takes part in gossip only. */
  readonly raft: RaftAdvertisement | undefined;
}

/** Whether users may not write this key. */
export function isReservedKey(key: string): boolean {
  return key === SERVICE_KEY || key.startsWith(RESERVED_PREFIX);
}

export function advertisedKeys(advertisement: Advertisement): Readonly<Record<string, string>> {
  const { apiAddress, raft, service, version } = advertisement;
  return {
    [KEYS.apiAddress]: apiAddress,
    [KEYS.version]: version,
    [SERVICE_KEY]: serviceText(service),
    ...(raft === undefined
      ? {}
      : {
          [KEYS.label]: String(raft.label),
          [KEYS.key]: raft.key,
          [KEYS.rpcAddress]: raft.rpcAddress,
          ...(raft.cluster === undefined ? {} : advertisedCluster(raft.cluster)),
        }),
  };
}

/** What a node adds once it belongs to a Raft cluster. */
export function advertisedCluster(cluster: string): Readonly<Record<string, string>> {
  return { [KEYS.cluster]: cluster };
}

export function serviceText(service: ServiceInfo): string {
  return JSON.stringify(serviceObject(service));
}

export interface ReadAdvertisement {
  readonly service: ServiceInfo | undefined;
  readonly apiAddress: string | undefined;
  readonly version: string | undefined;
  readonly label: number | undefined;
  readonly key: string | undefined;
  readonly rpcAddress: string | undefined;
  readonly cluster: string | undefined;
}

/** Longer texts of others are not what they should be. */
const TEXT_LENGTH_MAX = 300;

/** Anybody can gossip: what does not look as it should is left out. */
export function readAdvertisement(get: (key: string) => string | undefined): ReadAdvertisement {
  const text = (key: string, pattern: RegExp): string | undefined => {
    const value = get(key);
    const isGood = value !== undefined && value.length <= TEXT_LENGTH_MAX && pattern.test(value);
    return isGood ? value : undefined;
  };
  const label = Number(text(KEYS.label, /^[1-9]\d{0,15}$/));
  return {
    service: readService(get(SERVICE_KEY)),
    apiAddress: text(KEYS.apiAddress, /^\S+:\d{1,5}$/),
    version: text(KEYS.version, /^[\w.+-]+$/),
    label: Number.isSafeInteger(label) ? label : undefined,
    key: text(KEYS.key, /^[0-9a-f]{32}$/),
    rpcAddress: text(KEYS.rpcAddress, /^\S+:\d{1,5}$/),
    cluster: text(KEYS.cluster, /^[0-9a-f]{32}$/),
  };
}
