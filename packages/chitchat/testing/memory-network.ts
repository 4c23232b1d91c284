// Sockets that reach each other inside one process, with the faults of a real network on demand.
import { CaucusError, type Rng } from "@caucus/base";
import { formatSocketAddress, type SocketAddress } from "../src/core/socket-address.ts";
import type {
  DatagramHandler,
  DatagramPort,
  DatagramTransport,
  GossipTimers,
} from "../src/driver/ports.ts";

export interface NetworkFaults {
  /** Share of datagrams that never arrive, 0 to 1. */
  readonly lossRate: number;
  /** Share that arrives twice. */
  readonly duplicateRate: number;
  /** Delay is uniform between these; unequal delays reorder. */
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
  /** Longer datagrams are lost. */
  readonly datagramBytesMax: number;
}

const FAULTLESS: NetworkFaults = {
  lossRate: 0,
  duplicateRate: 0,
  delayMinMs: 0,
  delayMaxMs: 0,
  datagramBytesMax: 65_507,
};

/** Datagrams on the way; more are lost, as in a switch. */
const IN_FLIGHT_MAX = 200_000;
const FIRST_CHOSEN_PORT = 49_152;

export class MemoryNetwork implements DatagramTransport {
  readonly #timers: GossipTimers;
  readonly #rng: Rng;
  readonly #handlers = new Map<string, DatagramHandler>();
  #faults: NetworkFaults = FAULTLESS;
  /** Group of an address; addresses of different groups don't reach each other. */
  #groups: ReadonlyMap<string, number> = new Map();
  #nextPort = FIRST_CHOSEN_PORT;
  #inFlight = 0;

  constructor(timers: GossipTimers, rng: Rng) {
    this.#timers = timers;
    this.#rng = rng;
  }

  /** Those not given are as in a faultless network. */
  setFaults(faults: Partial<NetworkFaults>): void {
    this.#faults = { ...FAULTLESS, ...faults };
  }

  /** Cuts the network into these groups and, as one more, everybody else. */
  partition(...groups: readonly (readonly SocketAddress[])[]): void {
    this.#groups = new Map(
      groups.flatMap((group, index) =>
        group.map((address) => [formatSocketAddress(address), index] as const),
      ),
    );
  }

  heal(): void {
    this.#groups = new Map();
  }

  open(listen: SocketAddress, onDatagram: DatagramHandler): Promise<DatagramPort> {
    const address = { host: listen.host, port: listen.port || this.#nextPort++ };
    const name = formatSocketAddress(address);
    if (this.#handlers.has(name)) {
      const message = `gossip address ${name} cannot be listened on: it is taken`;
      return Promise.reject(new CaucusError("unavailable", message));
    }
    this.#handlers.set(name, onDatagram);
    let isOpen = true;
    return Promise.resolve({
      localAddress: address,
      unsent: 0,
      send: (datagram, to) => {
        if (isOpen) this.#send(datagram, address, to);
      },
      close: () => {
        if (isOpen) this.#handlers.delete(name);
        isOpen = false;
        return Promise.resolve();
      },
    });
  }

  #send(datagram: Uint8Array, from: SocketAddress, to: SocketAddress): void {
    const { lossRate, duplicateRate, datagramBytesMax } = this.#faults;
    const source = this.#groups.get(formatSocketAddress(from));
    if (source !== this.#groups.get(formatSocketAddress(to))) return;
    if (datagram.length > datagramBytesMax) return;
    if (lossRate > 0 && this.#rng.next() < lossRate) return;
    // The sender may use its buffer again.
    const copy = new Uint8Array(datagram);
    this.#deliver(copy, from, to);
    if (duplicateRate > 0 && this.#rng.next() < duplicateRate) this.#deliver(copy, from, to);
  }

  #deliver(datagram: Uint8Array, from: SocketAddress, to: SocketAddress): void {
    if (this.#inFlight >= IN_FLIGHT_MAX) return;
    const { delayMinMs, delayMaxMs } = this.#faults;
    const delayMs = delayMinMs + this.#rng.next() * (delayMaxMs - delayMinMs);
    this.#inFlight++;
    this.#timers.startTimer(delayMs, () => {
      this.#inFlight--;
      this.#handlers.get(formatSocketAddress(to))?.(datagram, from);
    });
  }
}
