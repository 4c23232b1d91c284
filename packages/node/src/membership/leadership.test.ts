import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Configuration, RaftStatus } from "@caucus/raft";
import type { GossipMember } from "../gossip-service.ts";
import type { RaftMember } from "../raft-member.ts";
import { FIVE_MEMBERS, viewOf } from "./leader-view-fixture.ts";
import { Leadership } from "./leadership.ts";

const [ONE, TWO, THREE] = FIVE_MEMBERS;

/** A leader whose world is set by the test. */
function openLeadership(): {
  leadership: Leadership;
  world: {
    nowMs: number;
    live: readonly string[];
    asking: Map<string, boolean>;
    automatic: boolean;
    paused: number[];
  };
  raft: { role: string; term: number; configurationIndex: number; configuration: Configuration };
} {
  const { configuration } = viewOf([ONE], [TWO, THREE]);
  const raft = { role: "leader", term: 1, configurationIndex: 1, configuration };
  const world = {
    nowMs: 100_000,
    live: [] as readonly string[],
    asking: new Map<string, boolean>(),
    automatic: false,
    paused: [] as number[],
  };
  const status = (): Partial<RaftStatus> => ({
    ...(raft as Partial<RaftStatus>),
    hasCommittedInTerm: true,
    configurationCommitted: true,
    transferring: false,
    lastIndex: 100,
    peers: raft.configuration.members.map(({ key }) => ({
      key,
      progress: "replicate" as const,
      matchIndex: 100,
      lastContactMs: 0,
      inflight: 0,
    })),
  });
  const leadership = new Leadership({
    self: ONE.key,
    raft: { cluster: "c", status } as unknown as RaftMember,
    gossip: () => world.live.map((key) => ({ key, live: true }) as GossipMember),
    policy: () => ({ automatic: world.automatic, paused: world.paused }),
    applicants: { asking: () => world.asking },
    clock: { monotonicMs: () => world.nowMs, wallMs: () => 0 },
  });
  return { leadership, world, raft };
}

describe("what a leadership sees", () => {
  it("N32: the first configuration never changed; any other counts as new to a new leader", () => {
    const { leadership, raft, world } = openLeadership();
    assert.equal(leadership.look()?.votersSinceMs, Number.POSITIVE_INFINITY);
    raft.role = "follower";
    assert.equal(leadership.look(), undefined);
    Object.assign(raft, { role: "leader", term: 3, configurationIndex: 9 });
    assert.equal(leadership.look()?.votersSinceMs, 0);
    world.nowMs += 700;
    assert.equal(leadership.look()?.votersSinceMs, 700);
  });

  it("N32: a change of voters starts the time again, one of learners does not", () => {
    const { leadership, raft, world } = openLeadership();
    leadership.look();
    raft.configurationIndex = 8;
    raft.configuration = viewOf([ONE], [TWO]).configuration;
    assert.equal(leadership.look()?.votersSinceMs, Number.POSITIVE_INFINITY);
    raft.configuration = viewOf([ONE, TWO], []).configuration;
    assert.equal(leadership.look()?.votersSinceMs, 0);
    world.nowMs += 50;
    assert.equal(leadership.look()?.votersSinceMs, 50);
  });

  it("N33: silence in gossip counts from the start of the leadership at the earliest", () => {
    const { leadership, raft, world } = openLeadership();
    const silence = (): readonly (number | undefined)[] => {
      const view = leadership.look();
      return [TWO, THREE].map(
        ({ key }) => view?.peers.find((peer) => peer.key === key)?.gossipSilentMs,
      );
    };
    assert.deepEqual(silence(), [0, 0]);
    world.live = [TWO.key];
    world.nowMs += 1_000;
    assert.deepEqual(silence(), [0, 1_000]);
    world.live = [];
    world.nowMs += 500;
    assert.deepEqual(silence(), [500, 1_500]);
    raft.term = 2;
    assert.deepEqual(silence(), [0, 0]);
  });

  it("N36: who was told to join may vote, and everybody where it is automatic, but for paused labels", () => {
    const { leadership, world } = openLeadership();
    world.asking = new Map([
      [TWO.key, true],
      [THREE.key, false],
    ]);
    assert.deepEqual([...(leadership.look()?.candidates ?? [])], [THREE.key]);
    world.paused = [3];
    assert.deepEqual([...(leadership.look()?.candidates ?? [])], []);
    world.automatic = true;
    world.asking.clear();
    assert.deepEqual([...(leadership.look()?.candidates ?? [])], [TWO.key]);
    world.paused = [];
    assert.deepEqual([...(leadership.look()?.candidates ?? [])], [TWO.key, THREE.key]);
  });
});
