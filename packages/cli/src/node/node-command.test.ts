import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CaucusError } from "@caucus/base";
import { freePorts } from "../../testing/free-ports.ts";
import { EXIT_CODES, ExitError, exitNameOf } from "../command/exit-codes.ts";
import { runCaucus } from "../run-caucus.ts";
import type { MemberSettings, RunningMember, StartMember } from "./member.ts";
import { createNodeCommand } from "./node-command.ts";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const refuseAgent = (): Promise<never> => Promise.reject(new Error("no agent is expected"));

async function runNode(startMember: StartMember, ...further: string[]): Promise<Ran> {
  const [port] = await freePorts(1);
  let out = "";
  let err = "";
  const argv = ["node", "--id", "1", "--listen", `127.0.0.1:${port}`, "--storage", "memory"];
  argv.push(...further);
  const code = await runCaucus(argv, [createNodeCommand(startMember, refuseAgent)], {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    stdin: () => assert.fail("nobody reads"),
    environment: {},
  });
  return { code, out, err };
}

describe("caucus node with a member that ends by itself", () => {
  for (const exit of ["storage", "refused"] as const) {
    it(`stops it, and says why with the exit code of ${exit}`, async () => {
      let stops = 0;
      const member: RunningMember = {
        failed: Promise.resolve(new ExitError(exit, "the reason")),
        progress: undefined,
        stop: async () => {
          stops += 1;
        },
      };
      const ran = await runNode(async () => member);
      assert.equal(ran.code, EXIT_CODES[exit].code);
      assert.equal(ran.err, "caucus: the reason\n");
      assert.match(ran.out, /"reason":"the reason","msg":"stopping"/);
      assert.equal(stops, 1);
    });
  }

  it("says why also when it can't be asked any more how far it had come", async () => {
    const directory = mkdtempSync(join(tmpdir(), "caucus-node-"));
    try {
      const conf = join(directory, "node1.toml");
      writeFileSync(conf, "");
      const member: RunningMember = {
        failed: new Promise((resolve) => {
          setImmediate(() => resolve(new ExitError("refused", "the reason")));
        }),
        progress: () => assert.fail("its storage is closed"),
        stop: async () => {},
      };
      const ran = await runNode(async () => member, "--conf", conf);
      assert.equal(ran.code, EXIT_CODES.refused.code);
      assert.equal(ran.err, "caucus: the reason\n");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("gives the member what the flags say", async () => {
    let seen: MemberSettings | undefined;
    await runNode(async (settings) => {
      seen = settings;
      throw new CaucusError("internal", "enough");
    });
    assert.equal(seen?.label, 1);
    assert.equal(seen.storage, "memory");
    assert.equal(seen.addresses.rpc, seen.addresses.publicApi);
  });

  it("leaves no listener for signals behind", async () => {
    const before = process.listenerCount("SIGTERM");
    await runNode(() => Promise.reject(new CaucusError("poisoned", "behind its fence")));
    assert.equal(process.listenerCount("SIGTERM"), before);
  });
});

describe("exit codes", () => {
  it("are all different", () => {
    const codes = Object.values(EXIT_CODES).map((exit) => exit.code);
    assert.equal(new Set(codes).size, codes.length);
  });

  it("tell apart what went wrong", () => {
    const taken = Object.assign(new Error("listen"), { code: "EADDRINUSE" });
    assert.equal(exitNameOf(taken), "addressInUse");
    const wrapped = new CaucusError("unavailable", "127.0.0.1:1 is in use", { cause: taken });
    assert.equal(exitNameOf(wrapped), "addressInUse");
    assert.equal(exitNameOf(new CaucusError("poisoned", "fence")), "storage");
    assert.equal(exitNameOf(new CaucusError("unsupported", "rocksdb")), "unsupported");
    assert.equal(exitNameOf(new CaucusError("invalid_argument", "id")), "usage");
    assert.equal(exitNameOf(new CaucusError("timeout", "late")), "unavailable");
    assert.equal(exitNameOf(new Error("bug")), "failure");
    assert.equal(exitNameOf("text"), "failure");
  });
});
