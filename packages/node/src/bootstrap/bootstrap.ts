/**
 * How a node without a cluster comes to one (docs/decisions/0006). One loop looks
 * at what the node is bound to and takes the next step; a crash at any point continues there.
 *
 * N17: of all nodes that list each other only the one with the lowest address asks, and it creates
 * the cluster only when every listed node has promised. N18: a listed node that belongs to a
 * cluster is joined; with two clusters in sight the node joins neither and says so.
 */
import { assertNever, CaucusError, type Logger, type Rng } from "@caucus/base";
import type { ClusterId, Member } from "@caucus/raft";
import type { BootstrapPromise, ClusterCalls, Identity } from "@caucus/rpc";
import { compareAddresses, lowestAddress } from "../address-order.ts";
import type { Joiner } from "../membership/joiner.ts";
import { describeMember } from "../membership/membership-changes.ts";
import type { BootstrapPromises } from "./promises.ts";

const POLL_MS = 150;
const CALL_TIMEOUT_MS = 1_000;
/** Two askers that meet wait differently long before they ask again, up to this. */
const BACK_OFF_MAX_MS = 600;

export interface BootstrapParts {
  readonly self: Member;
  readonly join: readonly string[];
  readonly promises: BootstrapPromises;
  readonly joiner: Joiner;
  readonly calls: ClusterCalls;
  readonly logger: Logger;
  readonly rng: Rng;
  /** The name of a new cluster. */
  readonly newIdentity: () => ClusterId;
  /** Writes the first entry of a new cluster; durable when it resolves. */
  readonly createLog: (members: readonly Member[]) => Promise<void>;
  /** Resolves after about so many ms, or at once when the node stops. */
  readonly pause: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

/** What a node does about a cluster that it does not belong to yet. */
export type Formation =
  /** Another node creates it, or takes this one in. */
  | { readonly kind: "waiting" }
  /** This node creates it once all of so many voters have promised themselves. */
  | { readonly kind: "creating"; readonly voters: number }
  | { readonly kind: "created"; readonly voters: number };

/** What a listed address answered; undefined when it did not. */
interface Sighting {
  readonly address: string;
  readonly identity: Identity | undefined;
}

export class Bootstrap {
  readonly #parts: BootstrapParts;
  #waitsFor = "the node is starting";
  #formation: Formation = { kind: "waiting" };
  #refusal: CaucusError | undefined;

  constructor(parts: BootstrapParts) {
    this.#parts = parts;
  }

  /** Why there is no cluster yet: a sentence for `/readyz`. */
  get waitsFor(): string {
    return this.#waitsFor;
  }

  /** What it does, or has done: for a person who watches the start. */
  get formation(): Formation {
    return this.#formation;
  }

  /** Resolves when the node belongs to a cluster or stops. @throws CaucusError when it is refused */
  async run(): Promise<void> {
    const { isStopping, pause, promises } = this.#parts;
    for (;;) {
      try {
        await this.#step();
      } catch (thrown) {
        const { code, message } = CaucusError.from(thrown);
        // What it was bound to has changed meanwhile: the next look shows how. All else is the disk.
        if (code !== "conflict" && code !== "wrong_cluster") throw thrown;
        this.#wait(message);
      }
      if (this.#refusal !== undefined) throw this.#refusal;
      if (isStopping() || promises.cluster !== undefined) return;
      await pause(POLL_MS);
    }
  }

  async #step(): Promise<void> {
    const promise = this.#parts.promises.current;
    if (promise === undefined) await this.#look();
    else if (promise.asker === this.#parts.self.key) await this.#ask(promise);
    else await this.#awaitInvitation(promise);
  }

  /** Whether a listed node belongs to a cluster, as far as it answers. */
  async seesCluster(): Promise<boolean> {
    const sightings = await this.#sight(this.#parts.join);
    return sightings.some(({ identity }) => identity?.cluster !== undefined);
  }

  /** Rules 1 and 4: a cluster of this node alone. @throws CaucusError `conflict` */
  async createAlone(): Promise<void> {
    const { newIdentity, promises, self } = this.#parts;
    const promise = { asker: self.key, cluster: newIdentity(), members: [self] };
    await promises.promiseOneself(promise);
    await this.#create(promise);
  }

  /** Rule 2, for a node that is bound to nothing. */
  async #look(): Promise<void> {
    const { join, promises, self } = this.#parts;
    if (join.length === 0) {
      this.#wait("it belongs to no cluster: initialize it, or let a member add it");
      return;
    }
    const sightings = await this.#sight(join);
    const others = sightings.filter(({ identity }) => identity?.member.key !== self.key);
    const clusters = new Set(others.flatMap(({ identity }) => identity?.cluster ?? []));
    const [cluster] = clusters;
    if (clusters.size > 1) {
      this.#wait(`two clusters are in sight (${[...clusters].join(", ")}); it joins neither`);
    } else if (cluster !== undefined) {
      await this.#join(cluster, others);
    } else {
      await this.#found(others);
    }
    if (cluster === undefined && others.every(({ identity }) => identity !== undefined)) {
      promises.stopJoining();
    }
  }

  async #join(cluster: ClusterId, sightings: readonly Sighting[]): Promise<void> {
    const { joiner, promises } = this.#parts;
    this.#formation = { kind: "waiting" };
    if (!(await promises.startJoining(cluster))) return;
    const members = sightings.filter(({ identity }) => identity?.cluster === cluster);
    const answer = await joiner.ask(
      cluster,
      members.map(({ address }) => address),
    );
    switch (answer.kind) {
      case "member":
        await promises.joined(cluster);
        return;
      case "wait":
        this.#wait(`it asks to join cluster ${cluster}: ${answer.message}`);
        return;
      case "refused":
        this.#refusal = new CaucusError(
          "conflict",
          `cluster ${cluster} refuses it: ${answer.message}`,
        );
        return;
      default:
        assertNever(answer);
    }
  }

  /** No cluster in sight: found one if all are here and this is the lowest address. */
  async #found(others: readonly Sighting[]): Promise<void> {
    const { newIdentity, promises, self } = this.#parts;
    const missing = others.filter(({ identity }) => identity === undefined);
    const present = new Map(
      others.flatMap(({ identity }) => (identity ? [[identity.member.key, identity.member]] : [])),
    );
    const members = [self, ...present.values()];
    const lowest = lowestAddress([
      self.rpcAddress,
      ...missing.map(({ address }) => address),
      ...members.map(({ rpcAddress }) => rpcAddress),
    ]);
    const isMine = compareAddresses(lowest, self.rpcAddress) === 0;
    this.#formation = isMine
      ? { kind: "creating", voters: others.length + 1 }
      : { kind: "waiting" };
    if (missing.length > 0) {
      const names = missing.map(({ address }) => address).join(", ");
      this.#wait(`a new cluster needs all listed nodes; no answer from ${names}`);
      return;
    }
    if (!isMine) {
      this.#wait(`${lowest}, the lowest address, must create the cluster and invite this node`);
      return;
    }
    await promises.promiseOneself({ asker: self.key, cluster: newIdentity(), members });
  }

  async #ask(promise: BootstrapPromise): Promise<void> {
    const { calls, logger, pause, rng, self } = this.#parts;
    const others = promise.members.filter((member) => member.key !== self.key);
    const replies = await Promise.all(
      others.map(async (member) => ({
        member,
        reply: await quietly(calls.promise(member.rpcAddress, promise, CALL_TIMEOUT_MS)),
      })),
    );
    const silent = replies.filter(({ reply }) => reply === undefined);
    const against = replies.find(({ reply }) => reply !== undefined && reply.kind !== "granted");
    if (against !== undefined) {
      const { member, reply } = against;
      const why = reply?.kind === "refused" ? reply.message : "it belongs to a cluster already";
      logger.info("bootstrap withdrawn", { member: member.label, reason: why });
      this.#wait(`${describeMember(member)} has not promised itself: ${why}`);
      await this.#withdraw(promise, others);
      await pause(rng.next() * BACK_OFF_MAX_MS);
    } else if (silent.length > 0) {
      const names = silent.map(({ member }) => describeMember(member)).join(", ");
      this.#wait(`a new cluster needs the promise of ${names}`);
    } else {
      await this.#create(promise);
    }
  }

  async #withdraw(promise: BootstrapPromise, others: readonly Member[]): Promise<void> {
    const { calls, promises } = this.#parts;
    const { asker, cluster } = promise;
    await Promise.all(
      others.map(({ rpcAddress }) =>
        quietly(calls.withdraw(rpcAddress, asker, cluster, CALL_TIMEOUT_MS)),
      ),
    );
    await promises.withdraw(asker, cluster);
  }

  async #create(promise: BootstrapPromise): Promise<void> {
    const { calls, createLog, logger, promises, self } = this.#parts;
    const { asker, cluster, members } = promise;
    this.#formation = { kind: "creating", voters: members.length };
    await promises.create(cluster, () => createLog(members));
    this.#formation = { kind: "created", voters: members.length };
    logger.info("created the cluster", { cluster, voters: labelsOf(members) });
    // Whoever misses the invitation sees at its next look that the promised cluster exists.
    for (const { key, rpcAddress } of members) {
      if (key !== self.key) void quietly(calls.invite(rpcAddress, asker, cluster, CALL_TIMEOUT_MS));
    }
  }

  /** Another node's promise: wait for its invitation, or see that it can't come any more. */
  async #awaitInvitation(promise: BootstrapPromise): Promise<void> {
    const { promises, self } = this.#parts;
    const { asker, cluster, members } = promise;
    this.#formation = { kind: "waiting" };
    const others = members.filter((member) => member.key !== self.key);
    const sightings = await this.#sight(others.map((member) => member.rpcAddress));
    const identities = sightings.flatMap(({ identity }) => identity ?? []);
    if (identities.some((identity) => identity.cluster === cluster)) {
      await promises.invite(asker, cluster);
      return;
    }
    const sighted = identities.find((identity) => identity.member.key === asker);
    if (sighted?.cluster !== undefined) {
      await promises.withdraw(asker, cluster);
      return;
    }
    const name = describeMember(members.find(({ key }) => key === asker) ?? self);
    this.#wait(
      sighted === undefined
        ? `it has promised itself to ${name}, which does not answer under that key; only that ` +
            "node can withdraw the promise, or an empty data directory here"
        : `it has promised itself to ${name} and waits for the invitation`,
    );
  }

  #sight(addresses: readonly string[]): Promise<Sighting[]> {
    const { calls } = this.#parts;
    return Promise.all(
      addresses.map(async (address) => ({
        address,
        identity: await quietly(calls.identify(address, CALL_TIMEOUT_MS)),
      })),
    );
  }

  #wait(reason: string): void {
    if (reason === this.#waitsFor) return;
    this.#waitsFor = reason;
    this.#parts.logger.info("waiting", { reason });
  }
}

/** Undefined instead of an error: the loop tries again. */
async function quietly<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch {
    return undefined;
  }
}

function labelsOf(members: readonly Member[]): string {
  return members.map((member) => member.label).join(",");
}
