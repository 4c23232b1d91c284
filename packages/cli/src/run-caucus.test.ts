import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { freePorts } from "../test/free-ports.ts";
import type { Command } from "./command.ts";
import { DEMO_COMMAND } from "./demo-command.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { createNodeCommand } from "./node-command.ts";
import { allowedText, defaultText, optionName } from "./option-schema.ts";
import { REJOIN_COMMAND } from "./rejoin-command.ts";
import { runCaucus } from "./run-caucus.ts";
import { STATUS_COMMAND } from "./status-command.ts";

const COMMANDS: readonly Command[] = [
  DEMO_COMMAND,
  createNodeCommand(
    () => assert.fail("no node shall start"),
    () => assert.fail("no agent shall start"),
  ),
  STATUS_COMMAND,
  REJOIN_COMMAND,
];

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(...argv: readonly string[]): Promise<Ran> {
  let out = "";
  let err = "";
  const code = await runCaucus(argv, COMMANDS, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    environment: {},
  });
  return { code, out, err };
}

/** Without line breaks and indents. */
function flat(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

describe("help", () => {
  for (const command of COMMANDS) {
    it(`of ${command.name} lists every option with its default and what is allowed`, async () => {
      const { code, out } = await run(command.name, "--help");
      assert.equal(code, 0);
      for (const [field, spec] of Object.entries(command.schema)) {
        const start = out.indexOf(`\n  --${optionName(field)}`);
        assert.notEqual(start, -1, field);
        const next = out.indexOf("\n  --", start + 1);
        const text = flat(out.slice(start, next === -1 ? undefined : next));
        for (const alias of spec.aliases ?? []) assert.ok(text.includes(`--${alias}`), alias);
        assert.ok(text.includes(spec.doc), `${field}: ${text}`);
        const required = "required" in spec && spec.required === true;
        const fallback = `Default: ${defaultText(spec) ?? "none"}.`;
        assert.ok(text.includes(required ? "Required." : fallback), `${field}: ${text}`);
        if (spec.type !== "flag") assert.ok(text.includes(allowedText(spec)), `${field}: ${text}`);
      }
      assert.deepEqual(await run("help", command.name), { code, out, err: "" });
    });
  }

  it("lists the commands and every exit code", async () => {
    for (const argv of [[], ["help"], ["--help"], ["-h"]]) {
      const { code, out } = await run(...argv);
      assert.equal(code, 0);
      for (const command of COMMANDS) assert.ok(out.includes(command.summary));
      for (const exit of Object.values(EXIT_CODES)) {
        assert.ok(out.includes(`${exit.code}  ${exit.doc}`));
      }
    }
  });
});

describe("caucus", () => {
  it("prints its version", async () => {
    const { code, out } = await run("--version");
    assert.equal(code, 0);
    assert.match(out, /^\d+\.\d+\.\d+\n$/);
  });

  it("suggests a command, with the exit code of usage", async () => {
    assert.deepEqual(await run("dmeo"), {
      code: 2,
      out: "",
      err: 'caucus: unknown command "dmeo"; did you mean demo?\n',
    });
    assert.match((await run("frobnicate")).err, /caucus help lists them/);
    assert.equal(
      (await run("help", "nod")).err,
      'caucus: unknown command "nod"; did you mean node?\n',
    );
  });

  it("says bad input in one line, with the exit code of usage", async () => {
    const ran = await run("node", "--id", "1", "--storage", "sqlite");
    assert.equal(ran.code, 2);
    assert.equal(
      ran.err,
      'caucus: --storage "sqlite" is not allowed; allowed: one of rocksdb, memory\n',
    );
    const contradiction = await run("node", "--id", "1", "--bootstrap", "--join", "a:1");
    assert.equal(contradiction.code, 2);
  });

  it("says which node did not answer to status, with the exit code of unavailable", async () => {
    const [port] = await freePorts(1);
    const ran = await run("status", "--endpoint", `127.0.0.1:${port}`);
    assert.equal(ran.code, EXIT_CODES.unavailable.code);
    const reason = `http://127.0.0.1:${port} can't be reached (ECONNREFUSED)`;
    assert.equal(ran.err, `caucus: no node answered: ${reason}\n`);
  });
});
