import type { Logger } from "@caucus/base";
import type { ChitchatId } from "../core/chitchat-id.ts";
import type { GossipEvent } from "../core/gossip-event.ts";
import { compareUtf8 } from "../core/text-order.ts";

export interface KeyChange {
  /** Without the prefix that was subscribed to. */
  readonly key: string;
  readonly value: string;
  /** The node whose key it is. */
  readonly id: ChitchatId;
  readonly version: bigint;
}

export type KeyListener = (change: KeyChange) => void;

/** Who wants to know of which keys. */
export class KeyListeners {
  readonly #byPrefix = new Map<string, Set<KeyListener>>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Returns how to end the subscription. */
  add(prefix: string, listener: KeyListener): () => void {
    // One object for each subscription, so that the same function may subscribe twice.
    const own: KeyListener = (change) => listener(change);
    const listeners = this.#byPrefix.get(prefix) ?? new Set();
    this.#byPrefix.set(prefix, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#byPrefix.get(prefix) === listeners) {
        this.#byPrefix.delete(prefix);
      }
    };
  }

  /** Shorter prefixes first. A listener that throws is logged and disturbs nobody. */
  call(event: Extract<GossipEvent, { kind: "key-changed" }>): void {
    if (this.#byPrefix.size === 0) return;
    const { key, value, id, version } = event;
    const matching = [...this.#byPrefix].filter(([prefix]) => key.startsWith(prefix));
    matching.sort(([a], [b]) => compareUtf8(a, b));
    for (const [prefix, listeners] of matching) {
      const change = { key: key.slice(prefix.length), value, id, version };
      for (const listener of [...listeners]) {
        try {
          listener(change);
        } catch (error) {
          this.#logger.error("a key listener has thrown", { prefix, error: String(error) });
        }
      }
    }
  }
}
