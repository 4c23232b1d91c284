import { getRecord } from "@caucus/kv";
import type { ClusterId } from "@caucus/raft";
import type { Dice } from "../dice.ts";
import type { NodeProcess } from "./node-process.ts";
import type { NodesWorld } from "./nodes-world.ts";

const encoder = new TextEncoder();

/** A write that was acknowledged, in the cluster that acknowledged it. */
interface Acknowledged {
  readonly cluster: ClusterId;
  readonly key: string;
}

/** Clients that write each key once, through any node, and remember what was acknowledged. */
export class NodesClients {
  readonly #world: NodesWorld;
  readonly #dice: Dice;
  readonly #acknowledged: Acknowledged[] = [];
  #writes = 0;
  #isOver = false;

  constructor(world: NodesWorld, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
  }

  run(): void {
    for (let client = 1; client <= this.#world.options.clients; client++) this.#repeat();
  }

  end(): void {
    this.#isOver = true;
  }

  /** Acknowledged writes of the cluster that this node does not have. */
  missingOn(process: NodeProcess): readonly string[] {
    const image = process.stateImage;
    const reader = { get: (key: Uint8Array) => image.get(key) };
    return this.#acknowledged
      .filter(({ cluster }) => cluster === process.identity.cluster)
      .filter(({ key }) => getRecord(reader as never, encoder.encode(key)) === undefined)
      .map(({ key }) => key);
  }

  #repeat(): void {
    this.#world.scheduler.after(this.#dice.exponential(this.#world.options.clientPauseMs), () => {
      if (this.#isOver) return;
      const running = this.#world.machines.flatMap(({ process }) => process ?? []);
      if (running.length > 0) this.#write(this.#dice.pick(running));
      this.#repeat();
    });
  }

  #write(process: NodeProcess): void {
    const { counters, trace } = this.#world;
    const key = `w${++this.#writes}`;
    const bytes = encoder.encode(key);
    const command = { kind: "put", key: bytes, value: bytes } as const;
    process.enter(() => {
      process.member.service.write(command, { timeoutMs: 3_000 }).then(
        () => {
          const { cluster } = process.identity;
          counters.add("write acknowledged");
          trace.record("outcome", process.label, this.#writes, 1, `${key} acknowledged`);
          if (cluster !== undefined) this.#acknowledged.push({ cluster, key });
        },
        (thrown: unknown) => {
          const why = thrown instanceof Error ? thrown.message : String(thrown);
          if (why.includes("quorum")) counters.add("write unknown");
          trace.record("outcome", process.label, this.#writes, 0, `${key}: ${why}`);
        },
      );
    });
  }
}
