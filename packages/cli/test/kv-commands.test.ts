// `caucus kv` against the HTTP of a node that is not there.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createHttpServer, type HttpServer } from "@caucus/http";
import { createFakeKvService, type FakeKvService } from "@caucus/http/testing";
import { EXIT_CODES } from "../src/command/exit-codes.ts";
import { freePorts } from "../testing/free-ports.ts";
import { type Ran, runCommand, type Surroundings } from "./run-command.ts";

let service: FakeKvService;
let server: HttpServer;
let endpoint: string;

before(async () => {
  service = createFakeKvService();
  server = await createHttpServer({ service });
  const { host, port } = await server.listen("127.0.0.1", 0);
  endpoint = `${host}:${port}`;
});
after(() => server.close());

async function kv(argv: readonly string[], surroundings?: Surroundings): Promise<Ran> {
  const environment = { CAUCUS_ENDPOINT: endpoint };
  return await runCommand(["kv", ...argv], { environment, ...surroundings });
}

describe("caucus kv", { concurrency: false }, () => {
  it("puts, gets and deletes a key, and says that one does not exist", async () => {
    service.reset();
    assert.deepEqual(await kvText(["put", "hello", "world"]), [0, "revision 1\n", ""]);
    assert.deepEqual(await kvText(["get", "hello"]), [0, "world", ""]);
    assert.equal(service.lastConsistency, "linearizable");
    await kv(["get", "hello", "--local"]);
    assert.equal(service.lastConsistency, "local");
    assert.deepEqual(await kvText(["delete", "hello"]), [0, "revision 2\n", ""]);
    const none = [EXIT_CODES.notFound.code, "", 'caucus: the key "hello" does not exist\n'];
    assert.deepEqual(await kvText(["get", "hello"]), none);
    assert.deepEqual(await kvText(["delete", "hello"]), none);
  });

  it("prints JSON for programs, also of what does not exist", async () => {
    service.reset();
    const put = JSON.parse((await kv(["put", "k", "v", "--json"])).out);
    assert.deepEqual(put, { key: "k", revision: 1, index: 2, term: 1 });
    const found = JSON.parse((await kv(["get", "k", "--json"])).out);
    const stored = { key: "k", value: "v", encoding: "utf-8" };
    const entry = { ...stored, create_revision: 1, mod_revision: 1, version: 1 };
    assert.deepEqual(found, entry);
    const listed = JSON.parse((await kv(["list", "k", "--json"])).out);
    assert.deepEqual(listed, { entries: [entry], more: false });
    assert.equal(JSON.parse((await kv(["delete", "k", "--json"])).out).deleted, true);
    const gone = await kv(["delete", "k", "--json"]);
    assert.deepEqual([gone.code, JSON.parse(gone.out).deleted], [EXIT_CODES.notFound.code, false]);
    const none = await kv(["get", "k", "--json"]);
    assert.deepEqual([none.code, JSON.parse(none.out)], [gone.code, { key: "k", value: null }]);
  });

  it("keeps every byte from standard input or a file to standard output", async () => {
    service.reset();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    assert.equal((await kv(["put", "bin"], { stdin: bytes })).code, 0);
    assert.deepEqual((await kv(["get", "bin"])).bytes, Buffer.from(bytes));
    assert.equal((await kv(["put", "bin", "-"], { stdin: Buffer.from("x\n") })).code, 0);
    assert.equal((await kv(["get", "bin"])).out, "x\n");
    const directory = mkdtempSync(join(tmpdir(), "caucus-test-"));
    try {
      const file = join(directory, "value");
      writeFileSync(file, bytes);
      assert.equal((await kv(["put", "bin", "--file", file])).code, 0);
      assert.deepEqual((await kv(["get", "bin"])).bytes, Buffer.from(bytes));
    } finally {
      rmSync(directory, { recursive: true });
    }
    assert.equal((await kv(["put", "empty", ""])).code, 0);
    assert.deepEqual(await kvText(["get", "empty"]), [0, "", ""]);
    assert.equal((await kv(["put", "dashes", "--", "--value"])).code, 0);
    assert.equal((await kv(["get", "dashes"])).out, "--value");
  });

  it("lists in pages behind the scenes, and never writes control characters to a table", async () => {
    service.reset();
    for (let index = 0; index < 1_203; index++) {
      service.putBytes(Buffer.from(`k/${String(index).padStart(4, "0")}`), Buffer.from("v"));
    }
    const all = await kv(["list", "k/", "--limit", "5000", "--keys-only"]);
    assert.equal(all.out.split("\n").length, 1_204);
    assert.equal(all.err, "");
    const some = await kv(["list", "k/", "--limit", "2", "--keys-only", "--after", "k/0000"]);
    assert.equal(some.out, "k/0001\nk/0002\n");
    assert.equal(some.err, 'there are more; go on with --after "k/0002", or raise --limit\n');
    const json = JSON.parse((await kv(["list", "k/", "--limit", "1", "--json"])).out);
    assert.deepEqual([json.more, json.entries.length, json.entries[0].value], [true, 1, "v"]);

    service.reset();
    service.putBytes(Buffer.from("a"), Buffer.from("\u001b[2J\n"));
    service.putBytes(Buffer.from("b"), Buffer.from([0xff, 0]));
    service.putBytes(Buffer.from("c"), Buffer.from("x".repeat(200)));
    const { out } = await kv(["list"]);
    assert.match(out, /^KEY +VALUE +VERSION +REVISION\na +\\u001b\[2J\\n +1 +1\n/);
    assert.match(out, /^b +\(2 bytes\) +1 +2$/m);
    assert.match(out, /^c +x{59}… +1 +3$/m);
  });
});

describe("caucus kv with what can't be", { concurrency: false }, () => {
  it("names what is missing, too much, or not known", async () => {
    service.reset();
    const usage = EXIT_CODES.usage.code;
    for (const [argv, says] of [
      [["put", "a", "b", "c"], /unexpected argument "c"/],
      [["put", "a", "b", "--file", "c"], /VALUE and --file are both given/],
      [["put", "a", "--file", "/does/not/exist"], /--file "\/does\/not\/exist" can't be read/],
      [["get"], /KEY is missing: 1 to 4,096 bytes/],
      [["get", ""], /key is empty; allowed are 1 to 4096 bytes/],
      [["get", "k".repeat(4_097)], /key is 4097 bytes long; allowed are 4096/],
      [["list", "--limit", "0"], /--limit "0" is not allowed; allowed: a whole number from 1/],
      [["gte", "a"], /unknown command "kv gte"; did you mean kv get\?/],
    ] as const) {
      const { code, err } = await kv(argv);
      assert.equal(code, usage, argv.join(" "));
      assert.match(err, says);
    }
    assert.match(
      (await runCommand(["kv"])).err,
      /caucus kv needs a command: get, put, delete, list/,
    );
    const typed = await kv(["put", "a"], { stdin: "terminal" });
    assert.deepEqual([typed.code, /VALUE is missing/.test(typed.err)], [usage, true]);
    const long = await kv(["put", "a"], { stdin: new Uint8Array(1_048_577) });
    assert.match(long.err, /standard input is too long for a value; allowed are 1048576 bytes/);
  });

  it("says what became of a write that failed, in words and by its exit code", async () => {
    service.reset();
    service.failWith("timeout", "no answer of a majority", { outcome: "unknown" });
    const lost = await kv(["put", "a", "b"]);
    assert.equal(lost.code, EXIT_CODES.unknownOutcome.code);
    assert.match(lost.err, /no answer of a majority \(it may have taken effect all the same/);
    service.failWith("no_leader", "no leader is known", { outcome: "not_applied" });
    const refused = await kv(["put", "a", "b", "--timeout-ms", "200"]);
    assert.equal(refused.code, EXIT_CODES.unavailable.code);
    assert.match(refused.err, /no leader is known \(nothing was changed\)\n$/);
    service.reset();
  });

  it("goes to the next endpoint, of the flag or of CAUCUS_ENDPOINT", async () => {
    service.reset();
    const [dead] = await freePorts(1);
    const both = `127.0.0.1:${dead},${endpoint}`;
    assert.equal((await runCommand(["kv", "put", "a", "b", "--endpoint", both])).code, 0);
    const environment = { CAUCUS_ENDPOINT: both };
    assert.equal((await runCommand(["kv", "get", "a"], { environment })).out, "b");
    const bad = await runCommand(["kv", "get", "a"], { environment: { CAUCUS_ENDPOINT: "a/b" } });
    assert.match(bad.err, /CAUCUS_ENDPOINT "a\/b" is not allowed; allowed: http:\/\/host:port/);
    const alone = ["--endpoint", `127.0.0.1:${dead}`, "--timeout-ms", "200"];
    const nobody = await runCommand(["kv", "get", "a", ...alone]);
    assert.equal(nobody.code, EXIT_CODES.unavailable.code);
    assert.match(nobody.err, /can't be reached/);
  });

  it("explains its commands and every exit code", async () => {
    const { code, out } = await runCommand(["kv", "--help"]);
    assert.equal(code, 0);
    for (const name of ["kv get", "kv put", "kv delete", "kv list"]) assert.ok(out.includes(name));
    for (const { code: exit, doc } of Object.values(EXIT_CODES)) {
      assert.ok(out.includes(`${exit}  ${doc}`));
    }
    const get = await runCommand(["help", "kv", "get"]);
    assert.match(get.out, /^Usage: caucus kv get KEY \[OPTIONS\]\n/);
    assert.match(get.out, /^ {2}KEY\n {6}1 to 4,096 bytes of UTF-8\.$/m);
    assert.equal((await runCommand(["kv", "get", "--help"])).out, get.out);
  });
});

async function kvText(argv: readonly string[]): Promise<readonly [number, string, string]> {
  const { code, err, out } = await kv(argv);
  return [code, out, err];
}
