import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { freePorts } from "../testing/free-ports.ts";
import { STATUS_COMMAND } from "./client/status-command.ts";
import { type Command, defineCommand } from "./command/command.ts";
import { EXIT_CODES } from "./command/exit-codes.ts";
import { allowedText, defaultText, optionName } from "./command/option-schema.ts";
import type { Environment } from "./config/read-environment.ts";
import { DEMO_COMMAND } from "./demo/demo-command.ts";
import { createNodeCommand } from "./node/node-command.ts";
import { LOG_SCHEMA, type LogFlags } from "./node/node-schema.ts";
import { REJOIN_COMMAND } from "./node/rejoin-command.ts";
import { runCaucus } from "./run-caucus.ts";

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
  return await runIn({}, ...argv);
}

async function runIn(environment: Environment, ...argv: readonly string[]): Promise<Ran> {
  let out = "";
  let err = "";
  const code = await runCaucus(argv, COMMANDS, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    stdin: () => assert.fail("nobody reads"),
    environment,
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
  it("S0-26, S1-29: reads the level of logs from RUST_LOG, unless it is more than a level", async () => {
    const levelOf = async (environment: Environment): Promise<string> => {
      let level = "";
      const probe = defineCommand<LogFlags>({
        name: "probe",
        summary: "",
        about: [],
        schema: LOG_SCHEMA,
        run: async ({ logLevel }) => {
          level = logLevel;
          return "ok";
        },
      });
      const sink = { write: () => true };
      const stdin = () => assert.fail("nobody reads");
      await runCaucus(["probe"], [probe], { stdout: sink, stderr: sink, stdin, environment });
      return level;
    };
    assert.equal(await levelOf({ RUST_LOG: "debug" }), "debug");
    assert.equal(await levelOf({ RUST_LOG: "debug", CAUCUS_LOG: "warn" }), "warn");
    assert.equal(await levelOf({ RUST_LOG: "info,hyper=debug" }), "info");
    assert.equal(await levelOf({}), "info");
  });

  it("S0-20: prints its version, also after a command", async () => {
    assert.equal((await run("node", "-V")).out, (await run("--version")).out);
    assert.match((await run("node", "-h")).out, /-V, --version/);
  });

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
});

describe("caucus node with a configuration file", () => {
  const directory = mkdtempSync(join(tmpdir(), "caucus-test-"));
  const file = join(directory, "node1.toml");
  after(() => rmSync(directory, { recursive: true }));

  it("S3-33: refuses a single node that joins, whichever source says which", async () => {
    writeFileSync(file, 'node_id = 1\nsingle = true\njoin = ["a:1"]\n');
    const ran = await run("node", "--conf", file);
    assert.equal(ran.code, EXIT_CODES.usage.code);
    assert.ok(
      ran.err.startsWith(
        "caucus: 'single' mode cannot be used together with 'join' configuration: ",
      ),
    );
    writeFileSync(file, "node_id = 1\nsingle = true\n");
    assert.match(
      (await run("node", "--config", file, "--join", "a:1")).err,
      /'single' mode cannot/,
    );
  });

  it("says file, line, key, value and what is allowed in one line", async () => {
    writeFileSync(file, "node_id = 1\nmax_open_files = 0\n");
    assert.deepEqual(await run("node", "--conf", file), {
      code: EXIT_CODES.usage.code,
      out: "",
      err: `caucus: Failed to parse config file '${file}': line 2: max_open_files "0" is not allowed; allowed: a whole number from 1 to 1000000 files\n`,
    });
  });

  it("S3-16, S3-34: says how to name a file when there is none", async () => {
    const usage =
      "Usage: caucus node --conf <config-file>\nExample: caucus node --conf conf/node1.toml\n";
    const missing = join(directory, "missing.toml");
    assert.deepEqual(await run("node", "--conf", missing), {
      code: EXIT_CODES.usage.code,
      out: "",
      err: `caucus: Failed to read config file '${missing}': it does not exist\n${usage}`,
    });
    assert.equal((await run("node", "--conf")).err, `caucus: --conf needs a value\n${usage}`);
    assert.match(
      (await run("node", "--conf=")).err,
      /^caucus: --conf "" is not allowed; allowed: a/,
    );
    const twice = await run("node", "--conf", file, "--conf", file);
    assert.match(twice.err, /--conf is given 2 times; once is allowed/);
    assert.match((await run("status", "--conf", file)).err, /^caucus: unknown option --conf/);
  });

  it("refuses an unknown variable, and still says help", async () => {
    const environment = { CAUCUS_LISTN: "a:1" };
    const ran = await runIn(environment, "node");
    assert.equal(ran.code, EXIT_CODES.usage.code);
    assert.match(ran.err, /unknown environment variable CAUCUS_LISTN; did you mean CAUCUS_LISTEN/);
    assert.equal((await runIn(environment, "node", "--help")).code, 0);
    const missing = join(directory, "missing.toml");
    assert.match((await runIn({ CAUCUS_CONF: missing }, "node")).err, /Failed to read config file/);
  });
});

describe("caucus with what can't be", () => {
  it("refuses flags that need --id, and services that do not exist, in one line", async () => {
    for (const [argv, says] of [
      [["--join", "a:1"], /--join is for a node with --id N/],
      [["--bootstrap"], /--bootstrap is for a node with --id N/],
      [["--rpc-addr", "127.0.0.1:1"], /--rpc-addr is for a node with --id N/],
      [["--data-dir", "x"], /--data-dir is for a node with --id N/],
      [["--service", "api_gateway", "--shard", "1"], /api_gateway has no shards/],
      [["--listen", "0.0.0.0:10001"], /add --public-addr/],
      [["--demo", "--id", "1"], /--demo chooses for its five nodes what --id says/],
      [["--demo", "--seed", "a:1"], /--demo chooses for its five nodes what --seed says/],
      [["--demo", "--listen", "127.0.0.1:65535"], /leaves no room for 5 ports/],
    ] as const) {
      const ran = await run("node", ...argv);
      assert.equal(ran.code, EXIT_CODES.usage.code, argv.join(" "));
      assert.match(ran.err, says);
      assert.match(ran.err, /^caucus: [^\n]+\n$/);
    }
  });

  it("says which node did not answer to status, with the exit code of unavailable", async () => {
    const [port] = await freePorts(1);
    const ran = await run("status", "--endpoint", `127.0.0.1:${port}`);
    assert.equal(ran.code, EXIT_CODES.unavailable.code);
    const reason = `http://127.0.0.1:${port} can't be reached (ECONNREFUSED)`;
    assert.equal(ran.err, `caucus: no node answered: ${reason}\n`);
  });
});
