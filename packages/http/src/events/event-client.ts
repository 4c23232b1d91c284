/** What the feed needs of a WebSocket. */
export interface EventSocket {
  /** Given to it and not yet taken by the system. */
  readonly bufferedAmount: number;
  send(text: string): void;
  ping(): void;
  close(code: number, reason: string): void;
  /** Cuts it off without a word. */
  terminate(): void;
}

export interface EventClientLimits {
  /** How often a client is asked whether it is there; it has as long to answer. */
  readonly pingMs: number;
  /** Nothing is added while more than that waits. */
  readonly waitingBytesMax: number;
  /** A client that takes nothing for so long is closed. */
  readonly slowMs: number;
}

/** RFC 6455 and its registry: going away, policy violation, try again later. */
export const CLOSE_CODES = { goingAway: 1001, refused: 1008, tryLater: 1013 } as const;

/**
 * One client of the feed. It gets the latest state, never a queue of older ones: while it takes
 * nothing, states are left out.
 */
export class EventClient {
  readonly #socket: EventSocket;
  readonly #limits: EventClientLimits;
  /** The last message sent. */
  #told: string | undefined;
  #behindSinceMs: number | undefined;
  #pingedMs: number;
  #isAlive = true;

  constructor(socket: EventSocket, limits: EventClientLimits, nowMs: number) {
    this.#socket = socket;
    this.#limits = limits;
    this.#pingedMs = nowMs;
  }

  /** It has answered a ping. */
  answered(): void {
    this.#isAlive = true;
  }

  tell(message: string | undefined, nowMs: number): void {
    const { slowMs, waitingBytesMax } = this.#limits;
    if (message === undefined || message === this.#told) return;
    if (this.#socket.bufferedAmount <= waitingBytesMax) {
      this.#behindSinceMs = undefined;
      this.#told = message;
      this.#socket.send(message);
      return;
    }
    this.#behindSinceMs ??= nowMs;
    if (nowMs - this.#behindSinceMs < slowMs) return;
    this.#socket.close(CLOSE_CODES.tryLater, `too slow: nothing was read for ${slowMs} ms`);
    // The reason may never get through what waits already.
    this.#socket.terminate();
  }

  ping(nowMs: number): void {
    if (nowMs - this.#pingedMs < this.#limits.pingMs) return;
    if (!this.#isAlive) {
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#pingedMs = nowMs;
    this.#socket.ping();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }
}
