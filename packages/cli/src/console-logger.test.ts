import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import {
  type ConsoleLoggerOptions,
  createConsoleLogger,
  createLinePrinter,
  openLogFile,
  wantsColour,
} from "./console-logger.ts";

function linesOf(options: Omit<ConsoleLoggerOptions, "sink">, isTTY = false): readonly string[] {
  const lines: string[] = [];
  const sink = { isTTY, write: (text: string) => lines.push(text) };
  const logger = createConsoleLogger({ ...options, sink });
  logger.debug("a debug line");
  logger.info("an info line", { index: 7, peer: undefined });
  logger.error("an error line");
  return lines;
}

const ESCAPE = "\u001b";

describe("createConsoleLogger", () => {
  it("writes one JSON object per line, with the time and without pid and host", () => {
    const lines = linesOf({ level: "info", format: "auto", colour: false });
    assert.equal(lines.length, 2);
    const { time, ...rest } = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
    assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual(rest, { level: 30, index: 7, msg: "an info line" });
  });

  it("is readable on a terminal, coloured only if told", () => {
    const [plain = ""] = linesOf({ level: "info", format: "auto", colour: false }, true);
    assert.match(plain, /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: an info line \{"index":7\}\n$/);
    const [coloured = ""] = linesOf({ level: "info", format: "pretty", colour: true });
    assert.ok(coloured.includes(ESCAPE));
  });

  it("keeps to its level", () => {
    const count = (level: ConsoleLoggerOptions["level"]): number =>
      linesOf({ level, format: "json", colour: false }).length;
    assert.deepEqual([count("debug"), count("error"), count("silent")], [3, 1, 0]);
  });
});

describe("openLogFile", () => {
  const directory = mkdtempSync(join(tmpdir(), "caucus-test-"));
  after(() => rmSync(directory, { recursive: true }));
  const nobody = { write: (text: string) => assert.fail(text) };

  it("appends each line at once, as JSON, and makes the directory", () => {
    const file = join(directory, "logs", "deep", "n.log");
    for (const text of ["one", "two"]) {
      const sink = openLogFile(file, nobody);
      createConsoleLogger({ level: "info", format: "auto", colour: false, sink }).info(text);
    }
    const entries = readFileSync(file, "utf8").trimEnd().split("\n");
    assert.deepEqual(
      entries.map((line) => (JSON.parse(line) as { msg: string }).msg),
      ["one", "two"],
    );
  });

  it("names a file that can't be written", () => {
    writeFileSync(join(directory, "file"), "");
    for (const [path, reason] of [
      [directory, "EISDIR"],
      [join(directory, "file", "n.log"), "E(EXIST|NOTDIR)"],
    ] as const) {
      const message = new RegExp(`^--log-file ".*" can't be written \\(${reason}\\)$`);
      assert.throws(() => openLogFile(path, nobody), { exit: "usage", message });
    }
  });
});

describe("createLinePrinter", () => {
  it("leaves text that is no log line as it is", () => {
    const print = createLinePrinter(false);
    assert.equal(print("caucus: a reason"), "caucus: a reason");
    assert.equal(print("{ not JSON").trimEnd(), "{ not JSON");
    assert.match(print('{"level":40,"time":0,"msg":"x"}'), /WARN: x/);
  });
});

describe("wantsColour", () => {
  it("is for terminals, unless NO_COLOR is set", () => {
    const sink = { write: () => undefined };
    assert.equal(wantsColour({ ...sink, isTTY: true }, undefined), true);
    assert.equal(wantsColour({ ...sink, isTTY: true }, ""), true);
    assert.equal(wantsColour({ ...sink, isTTY: true }, "1"), false);
    assert.equal(wantsColour(sink, undefined), false);
  });
});
