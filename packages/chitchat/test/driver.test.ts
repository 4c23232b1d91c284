// The driver at its edges: options, names of seeds, real sockets, floods, and time that jumps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRng, silentLogger } from "@caucus/base";
import { eventually } from "@caucus/base/testing";
import type { SocketAddress } from "../src/core/socket-address.ts";
import { type Chitchat, createChitchat } from "../src/driver/chitchat.ts";
import type { DatagramTransport, GossipTimers } from "../src/driver/ports.ts";
import { encodeMessage } from "../src/wire.ts";
import { MemoryNetwork } from "../testing/memory-network.ts";
import { VirtualCluster } from "../testing/virtual-cluster.ts";
import { VirtualTime } from "../testing/virtual-time.ts";

const LOCALHOST = "127.0.0.1";

const badOptions: readonly (readonly [string, unknown, string])[] = [
  ["nodeId", "", "1 to 1024 bytes"],
  ["nodeId", "n".repeat(1_025), "1 to 1024 bytes"],
  ["nodeId", "\ud800", "UTF-8"],
  ["clusterId", "", "1 to 1024 bytes"],
  ["listenAddress", "localhost:1", "ip:port"],
  ["listenAddress", "127.0.0.1:65536", "ip:port"],
  ["listenAddress", "0.0.0.0:0", "advertiseAddress"],
  ["advertiseAddress", "10.0.0.1:0", "ports above 0"],
  ["seeds", ["nonsense"], "name:port"],
  ["seeds", ["1.2.3:7"], "name:port"],
  ["seeds", ["host:0"], "name:port"],
  ["generationId", -1n, "0 to 2^64 - 1"],
  ["generationId", 2n ** 64n, "0 to 2^64 - 1"],
  ["phiThreshold", 0, "numbers above 0"],
  ["gossipIntervalMs", 1.5, "integers above 0"],
  ["digestBytesMax", 65_000, "at most 64000"],
  ["allowNonAsciiKeys", 1, "true and false"],
  ["gossipInterval", 500, "gossipIntervalMs"],
];

for (const [name, value, allowed] of badOptions) {
  const shown = String(value).slice(0, 20);
  test(`${name} = ${shown} is refused with what is allowed`, async () => {
    await assert.rejects(
      createChitchat({ nodeId: "n", [name]: value }),
      (error: { code?: string; message: string }) =>
        error.code === "invalid_argument" &&
        error.message.includes(name.replace("seeds", "seed")) &&
        error.message.includes(allowed),
    );
  });
}

for (const host of ["127.0.0.1", "[::1]"]) {
  test(`two nodes over UDP on ${host} find each other, share keys, and part`, async () => {
    const options = { gossipIntervalMs: 20, initialIntervalMs: 100, listenAddress: `${host}:0` };
    const a = await createChitchat({ nodeId: "a", ...options });
    const seed = `${host}:${a.listenAddress.port}`;
    const b = await createChitchat({ nodeId: "b", ...options, seeds: [seed] });
    try {
      a.set("from", "a");
      await eventually("they meet", () => a.liveNodes().length === 2 && b.liveNodes().length === 2);
      await eventually("b has the key of a", () =>
        b.nodeStates().some((node) => node.get("from") === "a"),
      );
      await b.leave();
      await eventually("b has left", () => a.liveNodes().length === 1);
    } finally {
      await a.close();
      await b.close();
    }
  });
}

test("an address that is taken is an error, and nothing is left open", async () => {
  const a = await createChitchat({ nodeId: "a" });
  const listenAddress = `${LOCALHOST}:${a.listenAddress.port}`;
  await assert.rejects(createChitchat({ nodeId: "b", listenAddress }), { code: "unavailable" });
  await a.close();
  const b = await createChitchat({ nodeId: "b", listenAddress });
  await b.close();
});

test("names of seeds are looked up at the start and every 60 s; one that fails keeps its addresses", async () => {
  const cluster = new VirtualCluster(1);
  let answer: () => readonly string[] = () => [LOCALHOST, "not an address"];
  let lookups = 0;
  const node = await cluster.start(5, {
    seeds: ["seed.example:10001"],
    resolve: (name) => {
      assert.equal(name, "seed.example");
      lookups++;
      return Promise.resolve().then(() => answer());
    },
  });
  const seeds = (): readonly string[] => node.snapshot().cluster_state.seed_addrs;
  const pass = (ms: number): Promise<unknown> =>
    cluster.during(
      new Promise((resolve) => cluster.time.startTimer(ms, () => resolve(0))),
      ms * 2,
      1_000,
    );
  assert.deepEqual(seeds(), ["127.0.0.1:10001"]);
  answer = () => ["127.0.0.2", "::1"];
  await pass(61_000);
  assert.deepEqual(seeds(), ["127.0.0.2:10001", "[::1]:10001"]);
  answer = () => {
    throw new Error("no such name");
  };
  await pass(61_000);
  assert.deepEqual(seeds(), ["127.0.0.2:10001", "[::1]:10001"]);
  assert.equal(lookups, 3);
  await cluster.close();
});

test("others reach a node at its advertised address, not where it listens", async () => {
  const cluster = new VirtualCluster(2);
  const node = await cluster.start(0, { advertiseAddress: "192.0.2.7:999" });
  assert.deepEqual(node.listenAddress, { host: LOCALHOST, port: 10_001 });
  assert.deepEqual(node.id.gossipAdvertiseAddress, { host: "192.0.2.7", port: 999 });
  await cluster.close();
});

/** A node and a socket that sends it what it likes from any address. */
async function withStranger(
  run: (
    node: Chitchat,
    send: (bytes: Uint8Array, port?: number) => void,
    time: VirtualTime,
  ) => void,
): Promise<void> {
  const time = new VirtualTime();
  const network = new MemoryNetwork(time, createSeededRng(3));
  let receive: (datagram: Uint8Array, from: SocketAddress) => void = () => {};
  const transport: DatagramTransport = {
    open(listen, onDatagram) {
      receive = onDatagram;
      return network.open(listen, onDatagram);
    },
  };
  const node = await createChitchat({
    nodeId: "n",
    timers: time,
    transport,
    rng: createSeededRng(4),
  });
  run(node, (bytes, port = 9) => receive(bytes, { host: LOCALHOST, port }), time);
  await node.close();
}

test("G8: a flood of made-up nodes is bounded, and real nodes keep their place", () =>
  withStranger((node, send, time) => {
    const real = {
      nodeId: "real",
      generationId: 1n,
      gossipAdvertiseAddress: { host: LOCALHOST, port: 8 },
    };
    const entry = { id: real, lastGcVersion: 0n, maxVersion: 0n };
    for (let heartbeat = 1n; heartbeat <= 5n; heartbeat++) {
      send(
        encodeMessage({
          kind: "syn",
          clusterId: "default-cluster",
          digest: [{ ...entry, heartbeat }],
        }),
      );
      time.runFor(500);
    }
    assert.equal(node.liveNodes().length, 2);
    for (let datagram = 0; datagram < 50; datagram++) {
      const digest = Array.from({ length: 500 }, (_, at) => ({
        id: { ...real, nodeId: `fake-${datagram}-${at}` },
        heartbeat: 1n,
        lastGcVersion: 0n,
        maxVersion: 0n,
      }));
      send(encodeMessage({ kind: "syn", clusterId: "default-cluster", digest }));
    }
    assert.ok(node.nodeStates().length < 1_400, `${node.nodeStates().length} nodes`);
    assert.ok(node.nodeStates().some(({ id }) => id.nodeId === "real"));
    time.runFor(500);
    assert.equal(node.liveNodes().length, 2);

    // A real newcomer has to wait until the made-up ones had their chance.
    const late = { ...entry, id: { ...real, nodeId: "late" } };
    for (let heartbeat = 1n; heartbeat <= 30n; heartbeat++) {
      const digest = [
        { ...entry, heartbeat: 10n + heartbeat },
        { ...late, heartbeat },
      ];
      send(encodeMessage({ kind: "syn", clusterId: "default-cluster", digest }));
      time.runFor(500);
    }
    assert.equal(node.liveNodes().length, 3);
  }));

test("G8: garbage and spoofed sources change nothing", () =>
  withStranger((node, send) => {
    const rng = createSeededRng(5);
    const before = node.stateJson();
    for (let at = 0; at < 2_000; at++) {
      const length = Math.floor(rng.next() * 200);
      send(
        Uint8Array.from({ length }, () => Math.floor(rng.next() * 256)),
        1 + (at % 65_000),
      );
    }
    assert.equal(node.stateJson(), before);
    assert.equal(node.stats().malformed, 2_000);
  }));

test("G15: datagrams take their share of an interval, and the rest is dropped and counted", async () => {
  const cluster = new VirtualCluster(7);
  const { time } = cluster;
  // Each look at the clock takes 1 ms, and there are two for each datagram.
  let spentMs = 0;
  const timers: GossipTimers = {
    monotonicMs: () => time.monotonicMs() + spentMs++,
    startTimer: (delayMs, run) => time.startTimer(delayMs, run),
  };
  const warnings: unknown[] = [];
  const logger = { ...silentLogger, warn: (_: string, fields?: object) => warnings.push(fields) };
  const options = { timers, logger, gossipIntervalMs: 1_000, receiveShareMax: 0.1, seeds: [] };
  const node = await cluster.start(0, options);
  const syn = encodeMessage({ kind: "syn", clusterId: "default-cluster", digest: [] });
  const flood = (count: number): void => {
    for (let at = 0; at < count; at++) node.receive(syn, { host: LOCALHOST, port: 9 });
  };
  time.runFor(10);
  flood(1_000);
  assert.deepEqual([node.stats().datagramsReceived, node.stats().datagramsDropped], [1_000, 900]);
  flood(10);
  assert.equal(node.stats().datagramsDropped, 910);
  assert.deepEqual(warnings, []);
  time.runFor(1_000);
  flood(100);
  assert.equal(node.stats().datagramsDropped, 910, "the next round has a share of its own");
  time.runFor(1_000);
  assert.deepEqual(warnings, [{ dropped: 910 }], "said once");
  await cluster.close();
});

test("G13: a process that slept calls nobody dead before it has read its mail", async () => {
  const cluster = new VirtualCluster(6, { gossipIntervalMs: 300 });
  const { time } = cluster;
  // While it sleeps, its timers and datagrams wait; a timer is what it wakes up to.
  let sleeping: (() => void)[] | undefined;
  const orLater = (run: () => void): void => {
    if (sleeping === undefined) run();
    else sleeping.push(run);
  };
  const timers: GossipTimers = {
    monotonicMs: () => time.monotonicMs(),
    startTimer: (delayMs, run) => time.startTimer(delayMs, () => orLater(run)),
  };
  const transport: DatagramTransport = {
    open: (listen, onDatagram) =>
      cluster.network.open(listen, (datagram, from) => orLater(() => onDatagram(datagram, from))),
  };
  const sleeper = await cluster.start(0, { timers, transport });
  for (let index = 1; index < 4; index++) await cluster.start(index);
  time.runFor(30_000);
  assert.equal(sleeper.liveNodes().length, 4);
  const events: string[] = [];
  sleeper.subscribeMembership(({ kind }) => events.push(kind));
  const mail: (() => void)[] = [];
  sleeping = mail;
  time.runFor(60_000);
  sleeping = undefined;
  for (const run of mail) run();
  time.runFor(3_000);
  assert.deepEqual(
    events.filter((kind) => kind === "node-down"),
    [],
  );
  await cluster.close();
});
