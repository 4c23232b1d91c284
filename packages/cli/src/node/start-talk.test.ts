import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseOptions } from "../command/option-parser.ts";
import type { MemberSettings, StartProgress } from "./member.ts";
import { resolveMemberSettings } from "./member-settings.ts";
import { NODE_SCHEMA } from "./node-schema.ts";
import { createStartTalk } from "./start-talk.ts";

function settingsOf(...argv: readonly string[]): MemberSettings {
  const parsed = parseOptions(NODE_SCHEMA, ["--id", "1", "--storage", "memory", ...argv]);
  assert.ok(parsed.kind === "values");
  return resolveMemberSettings(parsed.values, 1, "1.2.3");
}

const FRESH: StartProgress = {
  isRestart: false,
  formation: { kind: "waiting" },
  hasCluster: false,
  hasCommitted: false,
};

/** What is said while a member goes through these, the last of them for good. */
async function saidAt(...steps: readonly Partial<StartProgress>[]): Promise<readonly string[]> {
  const said: string[] = [];
  const talk = createStartTalk(settingsOf(), (line) => said.push(line));
  let at = 0;
  const progress = (): StartProgress => {
    const step = steps[Math.min(at, steps.length - 1)];
    at += 1;
    return { ...FRESH, ...step };
  };
  await talk.follow(progress, new AbortController().signal);
  return said.slice(2, said.indexOf("HTTP server listening on http://127.0.0.1:10000"));
}

const COMMITTED = [
  "Waiting for initial log to be committed...",
  "✓ Initial log committed successfully!",
  "",
];
const IN_CLUSTER = { hasCluster: true, hasCommitted: true };

describe("what a start says", () => {
  it("S3-42, S3-44: initializes once, however soon it is done", async () => {
    const creating = { formation: { kind: "creating", voters: 3 } } as const;
    const created = { formation: { kind: "created", voters: 3 }, ...IN_CLUSTER } as const;
    const expected = [
      "Initializing 3-node cluster...",
      "✓ Cluster initialized successfully!",
      "",
      ...COMMITTED,
    ];
    assert.deepEqual(await saidAt(creating, creating, created), expected);
    assert.deepEqual(await saidAt(created), expected);
    // It belongs to the cluster a moment before the creation is over.
    const almost = { ...creating, ...IN_CLUSTER };
    assert.deepEqual(await saidAt(creating, almost, created), expected);
  });

  it("S3-43: waits for the others, and for an existing cluster after all", async () => {
    const waits = "Waiting for cluster to be ready...";
    assert.deepEqual(await saidAt({}, {}, IN_CLUSTER), [waits, ...COMMITTED]);
    const creating = { formation: { kind: "creating", voters: 2 } } as const;
    assert.deepEqual(await saidAt(creating, {}, IN_CLUSTER), [
      "Initializing 2-node cluster...",
      waits,
      ...COMMITTED,
    ]);
  });

  it("S3-42: says after a restart that the cluster is there", async () => {
    const again = { isRestart: true, hasCluster: true };
    assert.deepEqual(await saidAt(again, again, { ...again, hasCommitted: true }), [
      "✓ Cluster already initialized",
      "",
      ...COMMITTED,
    ]);
  });

  for (const [reached, last] of [
    [{}, "Waiting for cluster to be ready..."],
    [{ hasCluster: true }, "Waiting for initial log to be committed..."],
  ] as const) {
    it(`ends after "${last}" when the member stops, and asks it no more`, async () => {
      const stop = new AbortController();
      const said: string[] = [];
      const talk = createStartTalk(settingsOf(), (line) => said.push(line));
      const ask = (): StartProgress => {
        assert.ok(!stop.signal.aborted, "it was asked after its stop");
        return { ...FRESH, ...reached };
      };
      const following = talk.follow(ask, stop.signal);
      stop.abort();
      await following;
      assert.equal(said.at(-1), last);
    });
  }

  it("names only what is served", async () => {
    const said: string[] = [];
    const talk = createStartTalk(settingsOf("--dialects", "none"), (line) => said.push(line));
    await talk.follow(() => ({ ...FRESH, ...IN_CLUSTER }), new AbortController().signal);
    assert.ok(!said.some((line) => line.includes("/set")));
    assert.ok(said.some((line) => line.includes("/health")));
  });
});
