/**
 * How a node without a cluster comes to one (docs/decisions/0006 and 0015). One loop looks at what the
 * node is bound to and takes the next step; a crash at any point continues there. What a node that is
 * bound to nothing does, `bootstrap-judge.ts` says.
 */
import { assertNever, CaucusError, type Clock, type Logger, type Rng } from "@caucus/base";
import { type ClusterId, MEMBERS_MAX, type Member } from "@caucus/raft";
import type { BootstrapPromise, ClusterCalls } from "@caucus/rpc";
import type { GossipMember } from "../gossip-service.ts";
import type { Joiner } from "../membership/joiner.ts";
import { describeMember } from "../membership/membership-changes.ts";
import {
  type BootstrapRules,
  type BootstrapView,
  type GossipSighting,
  judgeBootstrap,
  livingClusters,
  objectionToCreation,
  type Sighting,
} from "./bootstrap-judge.ts";
import type { BootstrapPromises } from "./promises.ts";

const POLL_MS = 150;
const CALL_TIMEOUT_MS = 1_000;
/** Two askers that meet wait differently long before they ask again, up to this. */
const BACK_OFF_MAX_MS = 600;
/** A nominee may wait for an operator's word: it asks this much less often. */
const NOMINEE_PAUSE_MS = 850;
/** Rounds in which a node that gossip showed may be silent before others are asked in its place. */
const SILENT_ROUNDS_MAX = 5;

export interface BootstrapParts {
  readonly self: Member;
  readonly rules: BootstrapRules;
  /** Everybody whom gossip knows, this node included; undefined when it does not gossip. */
  readonly gossip: () => readonly GossipMember[] | undefined;
  readonly promises: BootstrapPromises;
  readonly joiner: Joiner;
  readonly calls: ClusterCalls;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly rng: Rng;
  /** The name of a new cluster. */
  readonly newIdentity: () => ClusterId;
  /**
   * Writes the first entries of a new cluster, `automatic` as its membership policy; durable when it
   * resolves.
   */
  readonly createLog: (members: readonly Member[], automatic: boolean) => Promise<void>;
  /** Asks for votes without waiting for an election timeout. */
  readonly campaign: () => void;
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

export class Bootstrap {
  readonly #parts: BootstrapParts;
  #waitsFor = "the node is starting";
  #formation: Formation = { kind: "waiting" };
  #refusal: CaucusError | undefined;
  #begunMs: number;
  #silentRounds = 0;
  /** The clusters that were in sight together last. */
  #rivals: ReadonlySet<ClusterId> = new Set();

  constructor(parts: BootstrapParts) {
    this.#parts = parts;
    this.#begunMs = parts.clock.monotonicMs();
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
    const { clock, isStopping, pause, promises } = this.#parts;
    this.#begunMs = clock.monotonicMs();
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

  /** Rule 1: a cluster of this node alone. @throws CaucusError `conflict` */
  async createAlone(): Promise<void> {
    const { newIdentity, promises, self } = this.#parts;
    const promise = { asker: self.key, cluster: newIdentity(), members: [self] };
    await promises.promiseOneself(promise, false);
    await this.#create(promise);
  }

  /** For a node that is bound to nothing. */
  async #look(): Promise<void> {
    const { clock, newIdentity, promises, self } = this.#parts;
    const view = await this.#view();
    const living = livingClusters(view);
    if (living.size > 1) {
      // A member that restarts is not known to live for a moment, or to be a member: the look begins again.
      this.#begunMs = clock.monotonicMs();
      this.#rivals = living;
    }
    const step = judgeBootstrap(view);
    switch (step.kind) {
      case "wait":
        this.#wait(step.reason);
        this.#formation =
          step.creates === undefined
            ? { kind: "waiting" }
            : { kind: "creating", voters: step.creates };
        if (isClear(view)) promises.stopJoining();
        return;
      case "join":
        await this.#join(step.cluster, step.addresses, step.nominated);
        return;
      case "ask": {
        promises.stopJoining();
        this.#formation = { kind: "creating", voters: step.members.length };
        const promise = { asker: self.key, cluster: newIdentity(), members: step.members };
        await promises.promiseOneself(promise, step.automatic);
        return;
      }
      default:
        assertNever(step);
    }
  }

  async #view(): Promise<BootstrapView> {
    const { rules, self } = this.#parts;
    const { others, ...shown } = this.#shown();
    const [listed, gossiped] = await Promise.all([
      this.#sight(rules.join),
      this.#sightGossiped(others),
    ]);
    return {
      self,
      rules,
      listed: listed.filter(({ identity }) => identity?.member.key !== self.key),
      gossiped,
      ...shown,
    };
  }

  /** What gossip shows, without asking anybody. */
  #shown(): Pick<BootstrapView, "shownClusters" | "lookedMs"> & {
    readonly others: readonly GossipMember[];
  } {
    const { clock, gossip, rules } = this.#parts;
    const members = gossip();
    const others = (members ?? []).filter((member) => !member.self);
    const lookedMs =
      members === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() - this.#begunMs;
    const rivals = lookedMs < rules.gossipLookMs ? this.#rivals : [];
    const shown = others.flatMap(({ cluster }) => cluster ?? []);
    const shownClusters = [...new Set([...shown, ...rivals])];
    return { others, shownClusters, lookedMs };
  }

  /**
   * Asks those whom gossip shows alive who they are. Others that wait matter only to one that may
   * create a cluster.
   */
  async #sightGossiped(others: readonly GossipMember[]): Promise<readonly GossipSighting[]> {
    const { bootstrap, bootstrapExpect } = this.#parts.rules;
    const mayCreate = bootstrap || bootstrapExpect !== undefined;
    const nominated = others.flatMap(({ cluster, key, label, live, rpcAddress }) =>
      live &&
      key !== undefined &&
      label !== undefined &&
      rpcAddress !== undefined &&
      (mayCreate || cluster !== undefined)
        ? [{ address: rpcAddress, key, cluster }]
        : [],
    );
    const asked = nominated.slice(0, MEMBERS_MAX);
    const sightings = await this.#sight(asked.map(({ address }) => address));
    return asked.map((node, place) => ({ ...node, identity: sightings[place]?.identity }));
  }

  async #join(cluster: ClusterId, addresses: readonly string[], nominated: boolean): Promise<void> {
    const { joiner, pause, promises } = this.#parts;
    this.#formation = { kind: "waiting" };
    if (!(await promises.startJoining(cluster))) return;
    const answer = await joiner.ask(cluster, addresses, nominated);
    switch (answer.kind) {
      case "member":
        await promises.joined(cluster, nominated);
        return;
      case "wait":
        this.#wait(`it asks to join cluster ${cluster}: ${answer.message}`);
        if (nominated) await pause(NOMINEE_PAUSE_MS);
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

  async #ask(promise: BootstrapPromise): Promise<void> {
    const { calls, logger, pause, promises, rng, self } = this.#parts;
    const others = promise.members.filter((member) => member.key !== self.key);
    if (promises.isAutomatic && (await this.#isSuperseded(promise, others))) return;
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
      // Whom gossip has shown may be gone for good; those of a list are waited for.
      if (!promises.isAutomatic || ++this.#silentRounds < SILENT_ROUNDS_MAX) return;
      logger.info("bootstrap withdrawn", { reason: `no answer from ${names}` });
      await this.#withdraw(promise, others);
    } else {
      await this.#create(promise);
    }
  }

  /** N30: a cluster may have come to be since the own promise was given, before a crash perhaps. */
  async #isSuperseded(promise: BootstrapPromise, others: readonly Member[]): Promise<boolean> {
    const { gossipLookMs } = this.#parts.rules;
    const { lookedMs, shownClusters } = this.#shown();
    const objection = objectionToCreation(shownClusters, lookedMs, gossipLookMs);
    if (objection === undefined) return false;
    this.#wait(objection);
    if (shownClusters.length > 0) await this.#withdraw(promise, others);
    return true;
  }

  async #withdraw(promise: BootstrapPromise, others: readonly Member[]): Promise<void> {
    const { calls, promises } = this.#parts;
    const { asker, cluster } = promise;
    this.#silentRounds = 0;
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
    const automatic = promises.isAutomatic;
    this.#formation = { kind: "creating", voters: members.length };
    await promises.create(cluster, () => createLog(members, automatic));
    this.#formation = { kind: "created", voters: members.length };
    logger.info("created the cluster", { cluster, voters: labelsOf(members) });
    // Whoever misses the invitation sees at its next look that the promised cluster exists.
    const invitations = members
      .filter(({ key }) => key !== self.key)
      .map(({ rpcAddress }) => quietly(calls.invite(rpcAddress, asker, cluster, CALL_TIMEOUT_MS)));
    void this.#leadFirst(invitations);
  }

  /**
   * Whoever creates a cluster leads it first, as only its log begins with an entry: there is no
   * other leader whose silence is to be waited for.
   */
  async #leadFirst(invitations: readonly Promise<unknown>[]): Promise<void> {
    await Promise.all(invitations);
    this.#parts.campaign();
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

/** Nobody is silent who may have taken this node into a cluster meanwhile. */
function isClear({ gossiped, listed, shownClusters }: BootstrapView): boolean {
  const all = [...listed, ...gossiped];
  return (
    shownClusters.length === 0 &&
    all.every(({ identity }) => identity?.cluster === undefined && identity !== undefined)
  );
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
