/**
 * Bootstrap promises (docs/decisions/0006): how several empty nodes come to one cluster and never to
 * two. This is the side that gives and keeps them; `BootstrapAsker` is the side that asks.
 *
 * N14: a promise is on disk before it is given. N15: it is exclusive, and only its asker withdraws
 * it: by a call, by asking anew, or by turning up in another cluster. N16: a node is in a cluster
 * only after its promise for it, or after the cluster's leader has taken it in.
 */
import { CaucusError, type Logger } from "@caucus/base";
import type { ClusterId, Member, MemberKey } from "@caucus/raft";
import type { BootstrapPromise, PromiseReply } from "@caucus/rpc";
import type { IdentityStore } from "@caucus/storage";
import { describeMember } from "../membership/membership-changes.ts";
import { type Intention, readIntention, readPromise, writeIntention } from "./intention.ts";

export interface BootstrapPromisesParts {
  readonly identity: IdentityStore;
  readonly self: Member;
  readonly logger: Logger;
  /** The node belongs to the cluster, durably: start Raft in it. */
  readonly adopted: (cluster: ClusterId) => void;
}

export class BootstrapPromises {
  readonly #parts: BootstrapPromisesParts;
  /** Every step that reads and then writes the identity runs after the one before it. */
  #last: Promise<unknown> = Promise.resolve();
  #joining: ClusterId | undefined;

  constructor(parts: BootstrapPromisesParts) {
    this.#parts = parts;
  }

  get cluster(): ClusterId | undefined {
    return this.#parts.identity.current.cluster;
  }

  get current(): BootstrapPromise | undefined {
    return this.cluster === undefined ? readPromise(this.#parts.identity) : undefined;
  }

  /** Whether the cluster that the own promise is for gets an automatic membership policy. */
  get isAutomatic(): boolean {
    const intention = readIntention(this.#parts.identity);
    return intention?.kind === "promise" && intention.automatic === true;
  }

  /** Another node asks for this one's promise. */
  promise(request: BootstrapPromise): Promise<PromiseReply> {
    return this.#alone(async () => {
      const { identity, logger } = this.#parts;
      if (this.cluster !== undefined) return { kind: "member", cluster: this.cluster };
      const problem = this.#problemWith(request);
      if (problem !== undefined) return { kind: "refused", message: problem };
      if (readPromise(identity)?.cluster !== request.cluster) {
        await writeIntention(identity, { kind: "promise", promise: request });
        logger.info("promised to become a member", promiseFields(request));
      }
      return { kind: "granted" };
    });
  }

  /** This node asks: it binds itself first. Refused while any promise stands, its own as well. */
  promiseOneself(promise: BootstrapPromise, automatic: boolean): Promise<void> {
    return this.#alone(async () => {
      if (this.cluster !== undefined) {
        throw conflict(`this node belongs to cluster ${this.cluster} already`);
      }
      const problem = this.#problemWith(promise);
      if (problem !== undefined) throw conflict(problem);
      const standing = this.current;
      if (standing !== undefined) {
        const labels = standing.members.map((member) => member.label).join(", ");
        throw conflict(`this node is creating a cluster of the nodes ${labels}`);
      }
      await writeIntention(this.#parts.identity, {
        kind: "promise",
        promise,
        ...(automatic ? { automatic } : {}),
      });
    });
  }

  /** Only the asker's own promise for that cluster is dropped. */
  withdraw(asker: MemberKey, cluster: ClusterId): Promise<void> {
    return this.#alone(async () => {
      const { identity, logger } = this.#parts;
      const promise = readPromise(identity);
      if (this.cluster !== undefined || promise === undefined) return;
      if (promise.asker !== asker || promise.cluster !== cluster) return;
      await writeIntention(identity, undefined);
      logger.info("the bootstrap promise was withdrawn", promiseFields(promise));
    });
  }

  /** The promised cluster exists. Safe to repeat. @throws CaucusError `wrong_cluster` */
  invite(asker: MemberKey, cluster: ClusterId): Promise<void> {
    return this.#alone(async () => {
      if (this.cluster === cluster) return;
      const promise = this.current;
      if (promise?.asker !== asker || promise.cluster !== cluster) {
        throw new CaucusError("wrong_cluster", `this node has not promised itself to ${cluster}`);
      }
      await this.#adopt(cluster, undefined);
    });
  }

  /** The own promise is fulfilled: `create` writes the first log entry durably. Safe to repeat. */
  create(cluster: ClusterId, create: (promise: BootstrapPromise) => Promise<void>): Promise<void> {
    return this.#alone(async () => {
      if (this.cluster === cluster) return;
      const promise = this.current;
      if (promise?.cluster !== cluster || promise.asker !== this.#parts.self.key) {
        throw conflict(`no own bootstrap promise for cluster ${cluster}`);
      }
      await create(promise);
      await this.#adopt(cluster, undefined);
    });
  }

  /**
   * From here on no promise is given, because the node asks an existing cluster to take it in.
   * False when a promise stands, or was fulfilled while the node looked around.
   */
  startJoining(cluster: ClusterId): Promise<boolean> {
    return this.#alone(async () => {
      if (this.cluster !== undefined || this.current !== undefined) return false;
      this.#joining = cluster;
      return true;
    });
  }

  stopJoining(): void {
    this.#joining = undefined;
  }

  /** The leader of the cluster that `startJoining` named has taken this node in. */
  joined(cluster: ClusterId, nominated: boolean): Promise<void> {
    return this.#alone(async () => {
      if (this.#joining !== cluster) throw conflict(`not joining cluster ${cluster}`);
      await this.#adopt(cluster, { kind: "joining", ...(nominated ? { nominated } : {}) });
    });
  }

  async #adopt(cluster: ClusterId, intention: Intention | undefined): Promise<void> {
    const { adopted, identity } = this.#parts;
    // A crash in between is harmless: a member ignores promises, and "joining" only asks again.
    if (intention !== undefined) await writeIntention(identity, intention);
    await identity.joinCluster(cluster);
    if (intention === undefined) await writeIntention(identity, undefined);
    this.#joining = undefined;
    adopted(cluster);
  }

  #problemWith(request: BootstrapPromise): string | undefined {
    const { identity, self } = this.#parts;
    // Whoever asks a cluster to take it in may be taken in there by an operator as well.
    if (this.#joining !== undefined && this.#joining !== request.cluster)
      return `it asks cluster ${this.#joining} to take it in`;
    const labels = new Set<number>();
    for (const member of request.members) {
      if (labels.has(member.label)) return `label ${member.label} is used by two nodes`;
      labels.add(member.label);
    }
    const listed = request.members.find((member) => member.key === self.key);
    if (listed === undefined) return `its key ${self.key} is not among the listed ones`;
    if (listed.label !== self.label) {
      return `it is node ${self.label}, not node ${listed.label}`;
    }
    const standing = readPromise(identity);
    if (standing === undefined || standing.asker === request.asker) return undefined;
    const asker = standing.members.find((member) => member.key === standing.asker);
    const name = asker === undefined ? `key ${standing.asker}` : describeMember(asker);
    return `it has promised itself to ${name}, who alone can withdraw that`;
  }

  #alone<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => {});
    return result;
  }
}

function promiseFields(promise: BootstrapPromise): Record<string, string | number> {
  return {
    cluster: promise.cluster,
    asker: promise.asker,
    members: promise.members.map((member) => member.label).join(","),
  };
}

function conflict(message: string): CaucusError {
  return new CaucusError("conflict", message, { outcome: "not_applied" });
}
