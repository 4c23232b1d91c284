// G14: what the driver expects of any datagram transport. The memory network and UDP pass the same tests.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SocketAddress } from "../src/core/socket-address.ts";
import type { DatagramPort, DatagramTransport } from "../src/driver/ports.ts";

export interface TransportUnderTest {
  readonly name: string;
  /** An IP that the transport can listen on. */
  readonly host: string;
  readonly create: () => DatagramTransport;
  /** Lets what was sent arrive. Real time passes for a real network. */
  readonly settle: () => Promise<void>;
}

interface Arrival {
  readonly bytes: readonly number[];
  readonly from: SocketAddress;
}

/** Waits, with a deadline, until `condition` holds. */
async function eventually(subject: TransportUnderTest, condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries++) await subject.settle();
  assert.ok(condition(), "it did not happen in time");
}

/** Two open ports, closed again after `run`. */
async function openTwo(
  subject: TransportUnderTest,
  run: (a: DatagramPort, b: DatagramPort, atA: Arrival[], atB: Arrival[]) => Promise<void>,
): Promise<void> {
  const transport = subject.create();
  const arrivals: [Arrival[], Arrival[]] = [[], []];
  const ports: DatagramPort[] = [];
  for (const arrived of arrivals) {
    const port = await transport.open({ host: subject.host, port: 0 }, (datagram, from) =>
      arrived.push({ bytes: [...datagram], from }),
    );
    ports.push(port);
  }
  try {
    await run(ports[0] as DatagramPort, ports[1] as DatagramPort, arrivals[0], arrivals[1]);
  } finally {
    for (const port of ports) await port.close();
  }
}

export function testDatagramTransport(subject: TransportUnderTest): void {
  const { name, host } = subject;

  test(`${name}: a port chosen by the transport is told, and the host kept`, () =>
    openTwo(subject, async (a, b) => {
      assert.equal(a.localAddress.host, host);
      assert.ok(a.localAddress.port > 0 && a.localAddress.port !== b.localAddress.port);
    }));

  test(`${name}: a datagram arrives whole, with the address to answer to`, () =>
    openTwo(subject, async (a, b, atA, atB) => {
      a.send(Uint8Array.of(1, 2, 3), b.localAddress);
      await eventually(subject, () => atB.length > 0);
      assert.deepEqual(atB, [{ bytes: [1, 2, 3], from: a.localAddress }]);
      b.send(Uint8Array.of(4), (atB[0] as Arrival).from);
      await eventually(subject, () => atA.length > 0);
      assert.deepEqual(atA, [{ bytes: [4], from: b.localAddress }]);
    }));

  test(`${name}: the largest datagram arrives, a larger one is lost without a word`, () =>
    openTwo(subject, async (a, b, _atA, atB) => {
      a.send(new Uint8Array(65_508), b.localAddress);
      a.send(new Uint8Array(65_507).fill(7), b.localAddress);
      await eventually(subject, () => atB.length > 0);
      await subject.settle();
      assert.deepEqual(
        atB.map(({ bytes }) => bytes.length),
        [65_507],
      );
    }));

  test(`${name}: sending to nobody, or to an address that can't be, is harmless`, () =>
    openTwo(subject, async (a, b, _atA, atB) => {
      a.send(Uint8Array.of(1), { host, port: 1 });
      a.send(Uint8Array.of(1), { host, port: 0 });
      a.send(Uint8Array.of(1), { host: "203.0.113.1", port: 9 });
      a.send(Uint8Array.of(2), b.localAddress);
      await eventually(subject, () => atB.length > 0);
      assert.deepEqual(atB[0]?.bytes, [2]);
    }));

  test(`${name}: after closing nothing arrives and sending does nothing`, () =>
    openTwo(subject, async (a, b, _atA, atB) => {
      a.send(Uint8Array.of(1), b.localAddress);
      await b.close();
      await b.close();
      a.send(Uint8Array.of(2), b.localAddress);
      b.send(Uint8Array.of(3), a.localAddress);
      await subject.settle();
      assert.deepEqual(atB, []);
    }));

  test(`${name}: an address that is taken is a CaucusError that names it`, () =>
    openTwo(subject, async (a) => {
      const transport = subject.create();
      // A memory network is the whole world; another one would be another world.
      const first = await transport.open({ host, port: 0 }, () => {});
      try {
        await assert.rejects(
          transport.open(first.localAddress, () => {}),
          (error: { code?: string; message: string }) =>
            error.code === "unavailable" && error.message.includes(`:${first.localAddress.port}`),
        );
      } finally {
        await first.close();
      }
      assert.ok(a.localAddress.port > 0);
    }));
}
