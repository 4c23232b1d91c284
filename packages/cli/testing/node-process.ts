/** A `caucus node` process of a test or benchmark that can be killed, stopped and started again. */
import assert from "node:assert/strict";
import { eventually } from "@caucus/base/testing";
import { type CaucusProcess, type ProcessEnd, startCaucus } from "./caucus-process.ts";
import { ask, type Endpoint } from "./node-api.ts";

/** Another program may take the port of a node that is down for a moment. */
const ADDRESS_IN_USE = 3;

/** Who a node is and where; it stays so over all its processes. */
export interface NodePlace extends Endpoint {
  /** The number of `--id`. */
  readonly label: number;
  readonly rpcAddress: string;
  readonly dataDirectory: string;
  /** Further arguments, such as `--join`. */
  readonly flags: readonly string[];
}

export class NodeProcess implements NodePlace {
  readonly label: number;
  readonly apiAddress: string;
  readonly rpcAddress: string;
  readonly dataDirectory: string;
  readonly flags: readonly string[];
  /** All its processes; the last one is the present. */
  readonly #runs: CaucusProcess[] = [];

  constructor(place: NodePlace) {
    this.label = place.label;
    this.apiAddress = place.apiAddress;
    this.rpcAddress = place.rpcAddress;
    this.dataDirectory = place.dataDirectory;
    this.flags = place.flags;
  }

  get isRunning(): boolean {
    const run = this.#runs.at(-1);
    return run !== undefined && run.end === undefined;
  }

  /** What all its processes have printed. */
  get output(): string {
    return this.#runs.map((run) => run.printed()).join("");
  }

  /** Starts a process without waiting for anything. */
  launch(): void {
    assert.ok(!this.isRunning, `node ${this.label} runs already`);
    // It has a pipe as standard input, which closes when the test ends in any way.
    this.#runs.push(startCaucus(["node", ...this.#arguments()]));
  }

  /** Starts a process and resolves when it serves HTTP. */
  async start(): Promise<void> {
    this.launch();
    await eventually(`node ${this.label} serves`, async () => {
      const end = this.#runs.at(-1)?.end;
      if (end?.code === ADDRESS_IN_USE) this.launch();
      else if (end !== undefined) return;
      assert.equal((await ask(this, "/livez", { limitMs: 2_000 })).status, 200);
    });
    assert.ok(this.isRunning, `node ${this.label} has ended:\n${this.output}`);
  }

  /** Sends a signal and waits for nothing. */
  signal(signal: NodeJS.Signals): void {
    assert.ok(this.isRunning, `node ${this.label} does not run`);
    this.#runs.at(-1)?.child.kill(signal);
  }

  /** Sends a signal (default SIGKILL) and resolves when the process is gone. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<ProcessEnd> {
    this.signal(signal);
    return await this.ended();
  }

  /** Resolves when the process that was started last is gone. */
  async ended(): Promise<ProcessEnd> {
    const run = this.#runs.at(-1);
    assert.ok(run !== undefined, `node ${this.label} was never started`);
    return await run.ended;
  }

  #arguments(): readonly string[] {
    const { apiAddress, rpcAddress } = this;
    return [
      ...["--id", String(this.label), "--data-dir", this.dataDirectory],
      ...(apiAddress === rpcAddress
        ? ["--listen", apiAddress]
        : ["--rpc-addr", rpcAddress, "--api-addr", apiAddress]),
      "--exit-with-parent",
      ...this.flags,
    ];
  }
}
