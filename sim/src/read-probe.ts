import { keyBytes } from "./client-wire.ts";
import type { Dice } from "./dice.ts";
import type { World } from "./world.ts";

/** Mean time between two probes, in election timeouts. */
const INTERVAL = 0.15;

/**
 * Asks nodes for linearizable reads behind the clients' backs, those that believe to lead first:
 * clients seldom talk to a leader that others have replaced. The checker of fresh reads looks at
 * the answers.
 */
export class ReadProbe {
  readonly #world: World;
  readonly #dice: Dice;

  constructor(world: World, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
  }

  run(): void {
    const electionTimeoutMs = this.#world.options.raft.electionTimeoutMs ?? 600;
    this.#world.scheduler.after(this.#dice.exponential(electionTimeoutMs * INTERVAL), () => {
      if (this.#world.network.isCalm) return;
      this.#probe(electionTimeoutMs);
      this.run();
    });
  }

  #probe(timeoutMs: number): void {
    const { machines } = this.#world;
    const leaders = machines.filter(({ node }) => node?.status.role === "leader");
    const asked =
      leaders.length > 0 && this.#dice.chance(0.7) ? leaders : [this.#dice.pick(machines)];
    for (const { node } of asked) {
      node?.enter(() => node.read(keyBytes("k0"), timeoutMs, () => undefined));
    }
  }
}
