import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { CaucusError, type Logger, silentLogger } from "@caucus/base";
import { canonicalHost, formatSocketAddress, type SocketAddress } from "../core/socket-address.ts";
import { DATAGRAM_BYTES_MAX } from "../wire/limits.ts";
import type { DatagramHandler, DatagramPort, DatagramTransport } from "./ports.ts";

/** Bytes given to the socket that the system has not taken yet; what comes on top is dropped. */
const UNSENT_BYTES_MAX = 4 * 1024 * 1024;
/** A burst of answers must survive until the event loop comes round. */
const RECEIVE_BUFFER_BYTES = 1024 * 1024;

/** UDP over IPv4 or IPv6, as the listen address says; `::` also reaches IPv4 hosts. */
export class UdpTransport implements DatagramTransport {
  readonly #logger: Logger;

  constructor(logger: Logger = silentLogger) {
    this.#logger = logger;
  }

  async open(listen: SocketAddress, onDatagram: DatagramHandler): Promise<DatagramPort> {
    const socket = createSocket({
      type: listen.host.includes(":") ? "udp6" : "udp4",
      recvBufferSize: RECEIVE_BUFFER_BYTES,
    });
    try {
      socket.bind({ address: listen.host, port: listen.port, exclusive: true });
      await once(socket, "listening");
    } catch (cause) {
      socket.close();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CaucusError(
        "unavailable",
        `gossip address ${formatSocketAddress(listen)} cannot be listened on: ${reason}`,
        { cause },
      );
    }
    return new UdpPort(socket, onDatagram, this.#logger);
  }
}

class UdpPort implements DatagramPort {
  readonly localAddress: SocketAddress;
  readonly #socket: Socket;
  readonly #logger: Logger;
  readonly #isIpv6: boolean;
  #closed: Promise<void> | undefined;
  #unsent = 0;

  constructor(socket: Socket, onDatagram: DatagramHandler, logger: Logger) {
    this.#socket = socket;
    this.#logger = logger;
    const { address, port, family } = socket.address();
    this.localAddress = { host: canonicalHost(address) ?? address, port };
    this.#isIpv6 = family === "IPv6";
    socket.on("message", (datagram, from) => {
      if (this.#closed !== undefined) return;
      onDatagram(datagram, { host: canonicalHost(from.address) ?? from.address, port: from.port });
    });
    // Errors after binding are about single datagrams, such as a port that nobody listens on.
    socket.on("error", (error) => this.#logger.debug("gossip socket", { error: error.message }));
  }

  get unsent(): number {
    return this.#unsent;
  }

  send(datagram: Uint8Array, to: SocketAddress): void {
    if (this.#closed !== undefined) return;
    if (this.#socket.getSendQueueSize() > UNSENT_BYTES_MAX) {
      this.#unsent += 1;
      return;
    }
    // IPv6 would carry a little more, but no receiver has room for it.
    if (datagram.length > DATAGRAM_BYTES_MAX) {
      this.#notSent(to, `${datagram.length} bytes, allowed are ${DATAGRAM_BYTES_MAX}`);
      return;
    }
    const isMapped = this.#isIpv6 && !to.host.includes(":");
    const host = isMapped ? `::ffff:${to.host}` : to.host;
    try {
      this.#socket.send(datagram, to.port, host, (error) => {
        if (error !== null) this.#notSent(to, error.message);
      });
    } catch (error) {
      // Port 0, for example: addresses come from other nodes and may be anything.
      this.#notSent(to, String(error));
    }
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#socket.close(() => resolve()));
    return this.#closed;
  }

  #notSent(to: SocketAddress, error: string): void {
    this.#unsent += 1;
    this.#logger.debug("gossip was not sent", { to: formatSocketAddress(to), error });
  }
}
