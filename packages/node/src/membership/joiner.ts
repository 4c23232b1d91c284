import { assertNever } from "@caucus/base";
import type { ClusterId, Member } from "@caucus/raft";
import type { ClusterCalls, JoinReply, JoinRequest } from "@caucus/rpc";

/** Above what the leader may need for the membership change itself, in ms. */
const JOIN_TIMEOUT_MS = 12_000;

/** Redirections that are followed within one question. */
const HINTS_MAX = 3;

export type JoinAnswer = Exclude<JoinReply, { kind: "not-leader" }>;

export interface JoinerParts {
  readonly self: Member;
  readonly startCounter: number;
  readonly calls: ClusterCalls;
  /** End of the own log, 0 when it is empty. */
  readonly lastIndex: () => number;
}

/** Asks the leader of a cluster to take this node in, to promote it, or to note its address. */
export class Joiner {
  readonly #parts: JoinerParts;

  constructor(parts: JoinerParts) {
    this.#parts = parts;
  }

  /**
   * Asks once, following the hints of those who do not lead. `nominated`: by gossip, nobody told this
   * node to join. Never rejects.
   */
  async ask(
    cluster: ClusterId,
    addresses: readonly string[],
    nominated: boolean,
  ): Promise<JoinAnswer> {
    const { calls, lastIndex, self, startCounter } = this.#parts;
    const request: JoinRequest = {
      cluster,
      member: self,
      startCounter,
      lastIndex: lastIndex(),
      nominated,
    };
    const open = [...new Set(addresses)];
    const asked = new Set<string>();
    let message = "none of its members answers";
    for (let hints = 0; open.length > 0; ) {
      const address = open.shift() as string;
      if (asked.has(address)) continue;
      asked.add(address);
      const reply = await calls.join(address, request, JOIN_TIMEOUT_MS).catch((error: Error) => {
        message = `${address}: ${error.message}`;
      });
      if (reply === undefined) continue;
      switch (reply.kind) {
        case "member":
        case "wait":
        case "refused":
          return reply;
        case "not-leader": {
          if (reply.leader === undefined) {
            message = "it has no leader";
            continue;
          }
          const hint = reply.leader.rpcAddress;
          message = `its leader, node ${reply.leader.label} at ${hint}, does not answer`;
          if (!asked.has(hint) && hints++ < HINTS_MAX) open.unshift(hint);
          continue;
        }
        default:
          assertNever(reply);
      }
    }
    return { kind: "wait", message };
  }
}
