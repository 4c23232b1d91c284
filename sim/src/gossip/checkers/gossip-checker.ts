import type { MembershipEvent } from "@caucus/chitchat";
import type { Message } from "@caucus/chitchat/wire";
import type { GossipRules } from "../gossip-options.ts";
import type { NodeView } from "../node-view.ts";
import type { WrittenEntry } from "../owners.ts";

/** What made a process do something. */
export type Cause = "start" | "round" | "datagram" | "write" | "leave";

/** One process, from its start to its end. */
export interface ObservedProcess {
  readonly label: number;
  readonly rules: GossipRules;
  /** Key of its present id: it changes when the process takes a higher generation. */
  readonly idKey: string;
  /** On its own monotonic clock. */
  readonly nowMs: number;
  readonly startedMs: number;
  /** Of all known nodes, itself included, by the key of their ids. */
  readonly views: ReadonlyMap<string, NodeView>;
  readonly live: ReadonlySet<string>;
  /** With the moment, on its own clock, of their death. */
  readonly dead: ReadonlyMap<string, number>;
}

/** What a process knows of one id is not what it was; undefined when it does not know it. */
export interface ViewChange {
  readonly id: string;
  readonly before: NodeView | undefined;
  readonly after: NodeView | undefined;
  /** Its keys were dropped and sent anew. */
  readonly isReset: boolean;
}

/** The key of the reserved node id in texts: readable, unlike the key itself. */
export function nameOf(id: string): string {
  return id.replaceAll("\0", "/");
}

/** One property. Every method is optional and is called as things happen. */
export interface GossipChecker {
  started?(process: ObservedProcess): void;
  ended?(process: ObservedProcess): void;
  /** The program of this node has set or deleted a key. */
  wrote?(process: ObservedProcess, entry: WrittenEntry): void;
  membership?(process: ObservedProcess, event: MembershipEvent): void;
  /** A datagram leaves; `message` is undefined when it cannot be decoded. */
  sent?(process: ObservedProcess, message: Message | undefined, bytes: number): void;
  /** Called at the end of an event; `process.views` holds `after`. */
  changed?(process: ObservedProcess, change: ViewChange, cause: Cause): void;
  /** An event has ended, also when nothing changed. `wasLive` is `process.live` as it was before. */
  stepped?(process: ObservedProcess, cause: Cause, wasLive: ReadonlySet<string>): void;
}
