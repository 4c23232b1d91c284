import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRng } from "@caucus/base";
import type { SocketAddress } from "../src/core/socket-address.ts";
import { UdpTransport } from "../src/driver/udp-transport.ts";
import { testDatagramTransport } from "../testing/datagram-conformance.ts";
import { MemoryNetwork } from "../testing/memory-network.ts";
import { VirtualTime } from "../testing/virtual-time.ts";

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

for (const [name, host] of [
  ["UDP over IPv4", "127.0.0.1"],
  ["UDP over IPv6", "::1"],
] as const) {
  testDatagramTransport({ name, host, create: () => new UdpTransport(), settle: turn });
}

{
  const time = new VirtualTime();
  const network = new MemoryNetwork(time, createSeededRng(1));
  testDatagramTransport({
    name: "memory network",
    host: "127.0.0.1",
    create: () => network,
    settle: async () => time.runFor(1),
  });
}

test("UDP on [::] reaches IPv4 hosts and answers to the address they came from", async () => {
  const transport = new UdpTransport();
  const arrived: { text: string; from: SocketAddress }[] = [];
  const record = (datagram: Uint8Array, from: SocketAddress): void => {
    arrived.push({ text: Buffer.from(datagram).toString(), from });
  };
  const wide = await transport.open({ host: "::", port: 0 }, record);
  const narrow = await transport.open({ host: "127.0.0.1", port: 0 }, record);
  try {
    narrow.send(Buffer.from("ping"), { host: "127.0.0.1", port: wide.localAddress.port });
    for (let tries = 0; tries < 200 && arrived.length === 0; tries++) await turn();
    assert.equal(arrived[0]?.text, "ping");
    wide.send(Buffer.from("pong"), arrived[0]?.from as SocketAddress);
    wide.send(Buffer.from("plain"), narrow.localAddress);
    for (let tries = 0; tries < 200 && arrived.length < 3; tries++) await turn();
    const texts = new Set(arrived.map(({ text }) => text));
    assert.deepEqual(texts, new Set(["ping", "plain", "pong"]));
  } finally {
    await wide.close();
    await narrow.close();
  }
});

interface Pair {
  readonly time: VirtualTime;
  readonly network: MemoryNetwork;
  readonly got: number[];
  send(count: number): void;
}

async function memoryPair(): Promise<Pair> {
  const time = new VirtualTime();
  const network = new MemoryNetwork(time, createSeededRng(5));
  const got: number[] = [];
  const target = await network.open({ host: "127.0.0.1", port: 2 }, ([byte]) => {
    got.push(byte as number);
  });
  const source = await network.open({ host: "127.0.0.1", port: 1 }, () => {});
  const send = (count: number): void => {
    for (let at = 0; at < count; at++) source.send(Uint8Array.of(at), target.localAddress);
  };
  return { time, network, got, send };
}

test("the memory network loses, doubles, delays and reorders as it is told", async () => {
  const { time, network, got, send } = await memoryPair();
  network.setFaults({ lossRate: 0.5 });
  send(200);
  time.runFor(1);
  assert.ok(got.length > 60 && got.length < 140, `${got.length} of 200 arrived`);

  got.length = 0;
  network.setFaults({ duplicateRate: 1 });
  send(10);
  time.runFor(1);
  assert.equal(got.length, 20);

  got.length = 0;
  network.setFaults({ delayMinMs: 10, delayMaxMs: 100 });
  send(50);
  time.runFor(9);
  assert.equal(got.length, 0);
  time.runFor(91);
  assert.equal(got.length, 50);
  assert.notDeepEqual(
    got,
    got.toSorted((a, b) => a - b),
  );
});

test("a partition of the memory network lets nothing through until it heals", async () => {
  const { time, network, got, send } = await memoryPair();
  network.partition([{ host: "127.0.0.1", port: 1 }]);
  send(3);
  time.runFor(1);
  assert.equal(got.length, 0);
  network.heal();
  send(3);
  time.runFor(1);
  assert.equal(got.length, 3);
});
