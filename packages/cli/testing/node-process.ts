/** A `caucus node` process of a test or benchmark that can be killed, stopped and started again. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.ts";
import { ask, type Endpoint } from "./node-api.ts";

const CAUCUS = fileURLToPath(new URL("../../bin/caucus.js", import.meta.url));

/** Another program may take the port of a node that is down for a moment. */
const ADDRESS_IN_USE = 3;

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Who a node is and where; it stays so over all its processes. */
export interface NodePlace extends Endpoint {
  /** The number of `--id`. */
  readonly label: number;
  readonly rpcAddress: string;
  readonly dataDirectory: string;
  /** Further arguments, such as `--join`. */
  readonly flags: readonly string[];
}

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<ProcessEnd>;
  end: ProcessEnd | undefined;
}

export class NodeProcess implements NodePlace {
  readonly label: number;
  readonly apiAddress: string;
  readonly rpcAddress: string;
  readonly dataDirectory: string;
  readonly flags: readonly string[];
  #run: Run | undefined;
  #output = "";

  constructor(place: NodePlace) {
    this.label = place.label;
    this.apiAddress = place.apiAddress;
    this.rpcAddress = place.rpcAddress;
    this.dataDirectory = place.dataDirectory;
    this.flags = place.flags;
  }

  get isRunning(): boolean {
    return this.#run !== undefined && this.#run.end === undefined;
  }

  /** What all its processes have printed. */
  get output(): string {
    return this.#output;
  }

  /** Starts a process without waiting for anything. */
  launch(): void {
    assert.ok(!this.isRunning, `node ${this.label} runs already`);
    const child = spawn(process.execPath, [CAUCUS, "node", ...this.#arguments()], {
      // The pipe closes when the test ends in any way, and the node stops with it.
      stdio: ["pipe", "pipe", "pipe"],
    });
    const keep = (text: string): void => {
      this.#output += text;
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    const run: Run = {
      child,
      end: undefined,
      ended: new Promise((resolve) => {
        child.once("close", (code, signal) => {
          run.end = { code, signal };
          resolve(run.end);
        });
      }),
    };
    this.#run = run;
  }

  /** Starts a process and resolves when it serves HTTP. */
  async start(): Promise<void> {
    this.launch();
    await eventually(`node ${this.label} serves`, async () => {
      const end = this.#run?.end;
      if (end?.code === ADDRESS_IN_USE) this.launch();
      else if (end !== undefined) return;
      assert.equal((await ask(this, "/livez", { limitMs: 2_000 })).status, 200);
    });
    assert.ok(this.isRunning, `node ${this.label} has ended:\n${this.output}`);
  }

  /** Sends a signal and waits for nothing. */
  signal(signal: NodeJS.Signals): void {
    assert.ok(this.isRunning, `node ${this.label} does not run`);
    this.#run?.child.kill(signal);
  }

  /** Sends a signal (default SIGKILL) and resolves when the process is gone. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<ProcessEnd> {
    this.signal(signal);
    return await this.ended();
  }

  /** Resolves when the process that was started last is gone. */
  async ended(): Promise<ProcessEnd> {
    assert.ok(this.#run !== undefined, `node ${this.label} was never started`);
    return await this.#run.ended;
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
