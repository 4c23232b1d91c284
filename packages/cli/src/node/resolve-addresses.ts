/**
 * Which addresses follow from the flags that were given:
 *
 * | given                         | API            | gRPC         | gossip         |
 * |-------------------------------|----------------|--------------|----------------|
 * | nothing                       | 127.0.0.1:10000 for all three                  |
 * | `--listen L`                  | L for all three                                |
 * | `--api-addr A`                | A for all three                                |
 * | `--rpc-addr R`                | 127.0.0.1:8080 | R            | 127.0.0.1:9000 |
 * | `--rpc-addr R --api-addr A`   | A              | R            | A              |
 *
 * A gossip address of its own always wins. Beside `--listen` the special flags change their own
 * address only.
 */
import { type Address, CaucusError, formatAddress, parseAddress } from "@caucus/base";

export interface AddressFlags {
  readonly listen?: string | undefined;
  readonly api?: string | undefined;
  readonly rpc?: string | undefined;
  readonly gossip?: string | undefined;
  /**
   * What others use: `host:port` when API and gRPC share one address, else a host alone. A gossip
   * port of its own stays.
   */
  readonly public?: string | undefined;
}

/** All as `host:port`. */
export interface Addresses {
  readonly api: string;
  readonly rpc: string;
  readonly gossip: string;
  /** What other nodes and clients use; the same as the above unless told otherwise. */
  readonly publicApi: string;
  readonly publicRpc: string;
  readonly publicGossip: string;
}

const DEFAULT_LISTEN = "127.0.0.1:10000";
const DEFAULT_API = "127.0.0.1:8080";
const DEFAULT_GOSSIP = "127.0.0.1:9000";

/** Pure. Throws CaucusError `invalid_argument` for a public address that can't be one. */
export function resolveAddresses(flags: AddressFlags): Addresses {
  const bound = boundAddresses(flags);
  if (flags.public === undefined) {
    refuseUnspecified(bound.api);
    refuseUnspecified(bound.rpc);
    refuseUnspecified(bound.gossip);
    return {
      ...bound,
      publicApi: bound.api,
      publicRpc: bound.rpc,
      publicGossip: bound.gossip,
    };
  }
  return { ...bound, ...publicAddresses(flags.public, bound) };
}

function boundAddresses(flags: AddressFlags): Pick<Addresses, "api" | "rpc" | "gossip"> {
  const { listen, api, rpc, gossip } = flags;
  if (listen !== undefined) {
    return { api: api ?? listen, rpc: rpc ?? listen, gossip: gossip ?? listen };
  }
  if (rpc === undefined) {
    const all = api ?? DEFAULT_LISTEN;
    return { api: all, rpc: all, gossip: gossip ?? all };
  }
  if (api === undefined) return { api: DEFAULT_API, rpc, gossip: gossip ?? DEFAULT_GOSSIP };
  return { api, rpc, gossip: gossip ?? api };
}

function publicAddresses(
  given: string,
  { api, gossip, rpc }: Pick<Addresses, "api" | "rpc" | "gossip">,
): Pick<Addresses, "publicApi" | "publicRpc" | "publicGossip"> {
  const whole = parseAddress(given);
  if (whole !== undefined) {
    if (api !== rpc) {
      throw new CaucusError(
        "invalid_argument",
        `--public-addr ${JSON.stringify(given)} has a port, but API and gRPC have two; allowed: a host alone`,
      );
    }
    const publicGossip =
      gossip === api ? given : formatAddress({ host: whole.host, port: portOf(gossip) });
    return { publicApi: given, publicRpc: given, publicGossip };
  }
  const host = given.replace(/^\[(.*)\]$/, "$1");
  if (parseAddress(formatAddress({ host, port: 1 })) === undefined) {
    throw new CaucusError(
      "invalid_argument",
      `--public-addr ${JSON.stringify(given)} is not allowed; allowed: host:port or a host`,
    );
  }
  return {
    publicApi: formatAddress({ host, port: portOf(api) }),
    publicRpc: formatAddress({ host, port: portOf(rpc) }),
    publicGossip: formatAddress({ host, port: portOf(gossip) }),
  };
}

function portOf(address: string): number {
  return parsed(address).port;
}

function parsed(address: string): Address {
  const result = parseAddress(address);
  if (result === undefined) {
    throw new CaucusError("invalid_argument", `${JSON.stringify(address)} is not host:port`);
  }
  return result;
}

function refuseUnspecified(address: string): void {
  if (!isUnspecified(parsed(address))) return;
  throw new CaucusError(
    "invalid_argument",
    `${address} means every interface and can't be told to others; add --public-addr HOST:PORT, where they reach this node`,
  );
}

/** Whether it means "every interface", which nobody else can connect to. */
function isUnspecified({ host }: Address): boolean {
  return host === "0.0.0.0" || host === "::";
}
