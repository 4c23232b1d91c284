/** Clients of a cluster of real processes, and what must hold of everything that they saw. */

import assert from "node:assert/strict";
import { eventually } from "@caucus/base/testing";
import { ask, type Endpoint, type FoundRecord, readConsistent } from "@caucus/cli/testing";
import { ClientHistory, type Operation, type SeenRecord } from "../src/client-history.ts";
import { checkLinearizable } from "../src/linearizability.ts";

/** Clients that write each key once, and nothing else. */
const WRITERS = 3;
/** Clients that write and read the same few keys. */
const CONTENDERS = 4;
const CONTENDED_KEYS = ["contended-0", "contended-1", "contended-2"];

/** A client gives up then, and does not know what has become of its request. */
const PATIENCE_MS = 4_000;

type Outcome =
  | { readonly kind: "answered"; readonly body: unknown }
  /** Certainly: the node said so, or was not there. */
  | { readonly kind: "not-applied" }
  | { readonly kind: "unknown" };

export class RealLoad {
  readonly #nodes: readonly Endpoint[];
  readonly #history = new ClientHistory();
  /** Acknowledged writes of the writers, with their revisions. */
  readonly #acknowledged = new Map<string, number>();
  readonly #clients: Promise<void>[] = [];
  #isStopping = false;
  #failure: unknown;

  constructor(nodes: readonly Endpoint[]) {
    this.#nodes = nodes;
  }

  /** How many writes of unique keys were acknowledged. */
  get acknowledgedCount(): number {
    return this.#acknowledged.size;
  }

  start(): void {
    const loops = [
      ...Array.from({ length: WRITERS }, (_, writer) => this.#write(writer)),
      ...Array.from({ length: CONTENDERS }, (_, contender) => this.#contend(contender)),
    ];
    for (const loop of loops) {
      this.#clients.push(
        loop.catch((error: unknown) => {
          this.#failure ??= error;
        }),
      );
    }
  }

  /** Resolves when `count` more writes are acknowledged. */
  async progress(count: number): Promise<void> {
    const wanted = this.#acknowledged.size + count;
    await eventually(`${count} more acknowledged writes`, () => {
      assert.ifError(this.#failure);
      assert.ok(this.#acknowledged.size >= wanted, `there are ${this.#acknowledged.size}`);
    });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#clients);
    assert.ifError(this.#failure);
  }

  /** Every acknowledged write is there, under its revision. */
  async checkAcknowledged(): Promise<void> {
    const open = [...this.#acknowledged];
    const readers = Array.from({ length: 16 }, async (_, reader) => {
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        const [key, revision] = next;
        const found = await readConsistent(this.#node(reader), key);
        assert.deepEqual(
          [found.value, found.version, found.mod_revision],
          [textFor(key), 1, revision],
          `acknowledged write of ${key}`,
        );
      }
    });
    await Promise.all(readers);
  }

  /** What was seen of the contended keys can be explained; a read that is stale could not be. */
  async checkHistory(): Promise<string> {
    for (const key of CONTENDED_KEYS) await this.#get(-1, this.#nodes[0] as Endpoint, key);
    const all = this.#history.operations();
    const counts: string[] = [];
    for (const key of CONTENDED_KEYS) {
      const operations = all.filter((operation) => operation.key === key);
      const verdict = checkLinearizable(operations);
      assert.equal(verdict.kind, "linearizable", JSON.stringify(verdict));
      const open = operations.filter(({ output }) => output === undefined).length;
      counts.push(`${operations.length} (${open} unanswered)`);
      assert.equal(checkLinearizable(withStaleRead(operations)).kind, "not-linearizable");
    }
    return `operations by key: ${counts.join(", ")}`;
  }

  async #write(writer: number): Promise<void> {
    for (let count = 0; !this.#isStopping; count++) {
      const key = `unique-${writer}-${count}`;
      const outcome = await put(this.#node(writer + count), key, textFor(key));
      if (outcome.kind === "answered") this.#acknowledged.set(key, revisionOf(outcome.body));
    }
  }

  async #contend(client: number): Promise<void> {
    for (let count = 0; !this.#isStopping; count++) {
      const key = CONTENDED_KEYS[(client + count) % CONTENDED_KEYS.length] as string;
      const node = this.#node(client + 7 * count);
      if ((client + count) % 2 === 0) await this.#put(client, node, key, `${client}:${count}`);
      else await this.#get(client, node, key);
    }
  }

  async #put(client: number, node: Endpoint, key: string, value: string): Promise<void> {
    const operation = this.#history.invoke(client, key, { kind: "put", value });
    const outcome = await put(node, key, value);
    if (outcome.kind === "answered") {
      this.#history.complete(operation, { kind: "put", revision: revisionOf(outcome.body) });
    } else if (outcome.kind === "not-applied") {
      this.#history.withdraw(operation);
    }
  }

  async #get(client: number, node: Endpoint, key: string): Promise<void> {
    const operation = this.#history.invoke(client, key, { kind: "get" });
    const outcome = await attempt(node, `/api/consistent_read/${key}`);
    if (outcome.kind === "answered") {
      const record = seenRecord(outcome.body as FoundRecord);
      // The state that was read has this revision at least: that of the record in it.
      this.#history.complete(operation, { kind: "get", revision: record.modRevision, record });
    } else {
      this.#history.withdraw(operation);
    }
  }

  #node(number: number): Endpoint {
    return this.#nodes[number % this.#nodes.length] as Endpoint;
  }
}

function textFor(key: string): string {
  return `value of ${key}`;
}

function put(node: Endpoint, key: string, value: string): Promise<Outcome> {
  return attempt(node, "/api/write", { key, value });
}

async function attempt(node: Endpoint, path: string, json?: unknown): Promise<Outcome> {
  try {
    const { status, body } = await ask(node, path, { json, limitMs: PATIENCE_MS });
    if (status === 200) return { kind: "answered", body };
    assert.ok(status === 503 || status === 504, `${path}: ${status} ${JSON.stringify(body)}`);
    const { outcome } = body as { readonly outcome?: string };
    return { kind: outcome === "not_applied" ? "not-applied" : "unknown" };
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return { kind: isRefusedConnection(error) ? "not-applied" : "unknown" };
  }
}

function isRefusedConnection(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED";
}

function revisionOf(body: unknown): number {
  return (body as { readonly revision: number }).revision;
}

function seenRecord({ value, version, mod_revision }: FoundRecord): SeenRecord {
  return { value: value ?? undefined, version, modRevision: mod_revision };
}

/** The same history with a last read that sees what the first answered write had written. */
function withStaleRead(operations: readonly Operation[]): readonly Operation[] {
  const first = operations.find(({ input, output }) => input.kind === "put" && output);
  const last = operations.findLast(({ output }) => output?.kind === "get");
  assert.ok(first?.input.kind === "put" && first.output !== undefined && last !== undefined);
  const { revision } = first.output;
  const record = { value: first.input.value, version: 1, modRevision: revision };
  const stale: Operation = {
    ...last,
    id: last.id + 1,
    invoked: last.returned + 1,
    returned: last.returned + 2,
    output: { kind: "get", revision, record },
  };
  return [...operations, stale];
}
