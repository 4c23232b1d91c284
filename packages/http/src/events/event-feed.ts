// Tells all clients the state of the cluster, now and whenever it changes. While there are clients it
// looks ten times a second, and compares: whatever makes a state change is noticed in one place, and
// what changes twice between two looks is told once.

import { EventClient, type EventClientLimits, type EventSocket } from "./event-client.ts";

const LOOK_EVERY_MS = 100;

export interface EventFeedOptions extends EventClientLimits {
  readonly clientsMax: number;
  /** The state as JSON text; may throw while the node stops. */
  readonly read: () => string;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Calls `run` every so often until told to stop. */
  readonly startTimer: (everyMs: number, run: () => void) => () => void;
}

export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #clients = new Map<EventSocket, EventClient>();
  #stopTimer: (() => void) | undefined;
  #sequence = 0;
  #state: string | undefined;
  #message: string | undefined;
  #ending: { readonly code: number; readonly reason: string } | undefined;

  constructor(options: EventFeedOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#clients.size;
  }

  get isFull(): boolean {
    return this.#clients.size >= this.#options.clientsMax;
  }

  /** The first message comes at once. */
  add(socket: EventSocket): EventClient {
    const nowMs = this.#options.nowMs();
    const client = new EventClient(socket, this.#options, nowMs);
    this.#clients.set(socket, client);
    if (this.#ending !== undefined) client.close(this.#ending.code, this.#ending.reason);
    this.#stopTimer ??= this.#options.startTimer(LOOK_EVERY_MS, () => this.#turn());
    this.#look();
    client.tell(this.#message, nowMs);
    return client;
  }

  remove(socket: EventSocket): void {
    this.#clients.delete(socket);
    if (this.#clients.size > 0) return;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  /** Every client, later ones too, gets `code` and `reason`; they are gone when they have answered. */
  close(code: number, reason: string): void {
    this.#ending = { code, reason };
    for (const client of this.#clients.values()) client.close(code, reason);
  }

  #turn(): void {
    this.#look();
    const nowMs = this.#options.nowMs();
    for (const client of this.#clients.values()) {
      client.tell(this.#message, nowMs);
      client.ping(nowMs);
    }
  }

  #look(): void {
    const state = this.#read();
    if (state === undefined || state === this.#state) return;
    this.#state = state;
    this.#sequence += 1;
    this.#message = `{"kind":"state","sequence":${this.#sequence},"state":${state}}`;
  }

  /** A node that stops may refuse to say: the last state stands. */
  #read(): string | undefined {
    try {
      return this.#options.read();
    } catch {
      return undefined;
    }
  }
}
