import { lookup } from "node:dns/promises";
import { CaucusError, type Logger } from "@caucus/base";
import { canonicalHost, parseSocketAddress, type SocketAddress } from "../core/socket-address.ts";
import type { ResolveHost } from "./ports.ts";

/** Addresses of one name; further ones are not used. */
const ADDRESSES_MAX = 64;

interface NamedSeed {
  readonly host: string;
  readonly port: number;
  addresses: readonly SocketAddress[];
}

/** What the system resolver says. */
export const resolveHost: ResolveHost = async (host) => {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
};

/** Addresses to find a cluster at: given ones, and names that are looked up again and again. */
export class Seeds {
  readonly #fixed: SocketAddress[] = [];
  readonly #named: NamedSeed[] = [];
  readonly #resolve: ResolveHost;
  readonly #logger: Logger;

  /** Throws CaucusError `invalid_argument` for a seed that is neither `ip:port` nor `name:port`. */
  constructor(seeds: readonly string[], resolve: ResolveHost, logger: Logger) {
    this.#resolve = resolve;
    this.#logger = logger;
    for (const seed of seeds) {
      const address = parseSocketAddress(seed);
      const match = /^([a-zA-Z0-9._-]{1,253}):(\d{1,5})$/.exec(seed);
      const port = Number(match?.[2]);
      if (address !== undefined && address.port > 0) {
        this.#fixed.push(address);
      } else if (
        match !== null &&
        !/^[\d.]+$/.test(match[1] as string) &&
        port > 0 &&
        port < 65_536
      ) {
        this.#named.push({ host: match[1] as string, port, addresses: [] });
      } else {
        throw new CaucusError(
          "invalid_argument",
          `seed is ${JSON.stringify(seed)}, allowed are ip:port, [ipv6]:port and name:port`,
        );
      }
    }
  }

  get hasNames(): boolean {
    return this.#named.length > 0;
  }

  addresses(): readonly SocketAddress[] {
    return [...this.#fixed, ...this.#named.flatMap(({ addresses }) => addresses)];
  }

  /** Looks every name up. One that fails keeps its last addresses: they are better than none. */
  async refresh(): Promise<void> {
    await Promise.all(this.#named.map((seed) => this.#refreshOne(seed)));
  }

  async #refreshOne(seed: NamedSeed): Promise<void> {
    try {
      const found = await this.#resolve(seed.host);
      const hosts = found.map(canonicalHost).filter((host) => host !== undefined);
      seed.addresses = hosts.slice(0, ADDRESSES_MAX).map((host) => ({ host, port: seed.port }));
    } catch (error) {
      this.#logger.warn("seed name is not found", { seed: seed.host, error: String(error) });
    }
  }
}
