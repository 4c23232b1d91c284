import type { SocketAddress } from "@caucus/chitchat";
import type { GossipSurroundings } from "@caucus/node/testing";
import type { Dice } from "../dice.ts";
import type { NodeProcess } from "./node-process.ts";
import type { NodesWorld } from "./nodes-world.ts";

/** The gossip of one process: datagrams on a network of their own, timers in virtual time. */
export function virtualGossip(
  world: NodesWorld,
  process: NodeProcess,
  rng: Dice,
): GossipSurroundings {
  const { clock, label } = process.machine;
  return {
    // The library's own default, with the clock of this machine.
    generationId: BigInt(clock.wallMs()),
    rng,
    timers: {
      monotonicMs: () => clock.monotonicMs(),
      startTimer: (delayMs, run) => {
        const timer = world.scheduler.after(delayMs / clock.rate, () => process.enter(run));
        return () => timer.cancel();
      },
    },
    transport: {
      open: (listen, onDatagram) => {
        let isOpen = true;
        process.onDatagram = (datagram, from) => {
          if (isOpen) onDatagram(datagram, from);
        };
        return Promise.resolve({
          localAddress: listen,
          unsent: 0,
          send: (datagram, to) => {
            if (isOpen) sendDatagram(world, label, datagram.slice(), listen, to);
          },
          close: () => {
            isOpen = false;
            return Promise.resolve();
          },
        });
      },
    },
  };
}

function sendDatagram(
  world: NodesWorld,
  label: number,
  datagram: Uint8Array,
  from: SocketAddress,
  to: SocketAddress,
): void {
  const target = world.machineAt(`${to.host}:${to.port}`);
  if (target === undefined) return;
  world.gossipNetwork.send(label, target.label, () => {
    const { process } = target;
    process?.enter(() => process.onDatagram?.(datagram, from));
  });
}
