// H4: every key of 1 to 4,096 bytes of UTF-8 can be written and read, in the path or in ?key=.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Api, createApi } from "./api.ts";

const api: Api = await createApi();

const KEYS = [
  "plain",
  "with space",
  "a/b/c",
  "/leading",
  "trailing/",
  "a//b",
  "%2F",
  "%",
  "a+b&c=d",
  "?#;:@",
  "ключ",
  "鍵",
  "🗝️",
  "\u0000\u0001",
  "k".repeat(4096),
  "🗝".repeat(1024),
  "__proto__",
];

async function assertRoundTrip(key: string): Promise<void> {
  const value = `of ${key}`;
  assert.equal((await api.post("/api/write", { key, value })).status, 200);
  const encoded = encodeURIComponent(key);
  const urls = [`/api/read?key=${encoded}`, `/api/consistent_read?key=${encoded}`];
  // HTTP clients, this one included, take dot segments out of a path before they send it.
  if (!/(^|\/)\.{1,2}($|\/)/.test(key)) {
    urls.push(`/api/read/${encoded}`, `/api/consistent_read/${encoded}`);
  }
  for (const url of urls) {
    const reply = await api.get(url);
    assert.equal(reply.status, 200, `${url.slice(0, 80)}: ${reply.text.slice(0, 200)}`);
    assert.equal(reply.json()["key"], key);
    assert.equal(reply.json()["value"], value);
  }
}

for (const key of KEYS) {
  test(`H4: the key ${JSON.stringify(key.slice(0, 20))} (${Buffer.byteLength(key)} bytes)`, async () => {
    await assertRoundTrip(key);
  });
}

test("H4: slashes may also stand raw in the path", async () => {
  await api.post("/api/write", { key: "a/b c/d", value: "1" });
  assert.equal((await api.get("/api/read/a/b%20c/d")).json()["value"], "1");
});

test("H4: the keys . and .. go through ?key=", async () => {
  for (const key of [".", "..", "a/../b"]) await assertRoundTrip(key);
});

test("H4: any key at random", async () => {
  const key = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(key, (text) => assertRoundTrip(text)),
    { numRuns: 50 },
  );
});

test("H4: a key over the limit, none, two, and one that is not UTF-8 are refused", async () => {
  for (const [url, says] of [
    [`/api/read/${"k".repeat(4097)}`, /key is 4097 bytes long; allowed are 4096/],
    ["/api/read/", /key is empty/],
    ["/api/read", /key is missing/],
    ["/api/read?key=", /key is empty/],
    ["/api/read?key=a&key=b", /key is an array; allowed is string/],
    ["/api/read/a?key=b", /give it once/],
    ["/api/read/%FF", /not percent-encoded UTF-8/],
    ["/api/consistent_read/a?ttl=1", /unknown query parameter "ttl"; allowed are timeout_ms, key/],
    ["/api/consistent_read/a?timeout_ms=soon", /timeout_ms is "soon"/],
  ] as const) {
    const reply = await api.get(url);
    assert.equal(reply.status, 400, url.slice(0, 60));
    assert.match(String(reply.json()["detail"]), says);
  }
});

test("a value of exactly 1 MiB is stored, also where JSON needs six bytes for each", async () => {
  const value = "\u0001".repeat(1024 * 1024);
  assert.equal((await api.post("/api/write", { key: "a", value })).status, 200);
  assert.equal((await api.get("/api/read/a")).json()["value"], value);
});

test("a value that is not UTF-8 is written and read as base64, and the answer says so", async () => {
  const binary = { key: "bin", value: "/wA=", encoding: "base64" };
  assert.equal((await api.post("/api/write", binary)).status, 200);
  const body = (await api.get("/api/read/bin")).json();
  assert.deepEqual([body["value"], body["encoding"]], ["/wA=", "base64"]);
  for (const [value, says] of [
    ["/wA", /value is not base64/],
    ["not base64", /value is not base64/],
    [Buffer.alloc(1024 * 1024 + 1).toString("base64"), /1048577 bytes long; allowed are 1048576/],
  ] as const) {
    const reply = await api.post("/api/write", { key: "bin", value, encoding: "base64" });
    assert.equal(reply.status, 400);
    assert.match(String(reply.json()["detail"]), says);
  }
});

test("a list has its keys in byte order, in pages, and says how it is read", async () => {
  const { get, post, service } = await createApi();
  for (const key of ["a", "p/1", "p/2", "p/\u00e9", "q"])
    await post("/api/write", { key, value: key });
  const listed = async (query: string): Promise<readonly [string, unknown]> => {
    const { entries, more } = (await get(`/api/kv?${query}`)).json();
    return [(entries as { key: string }[]).map(({ key }) => key).join(), more];
  };
  assert.deepEqual(await listed("prefix=p/"), ["p/1,p/2,p/\u00e9", false]);
  assert.equal(service.lastConsistency, "linearizable");
  assert.deepEqual(await listed("prefix=p/&limit=2&consistency=local"), ["p/1,p/2", true]);
  assert.equal(service.lastConsistency, "local");
  assert.deepEqual(await listed("prefix=p/&limit=2&after=p/2"), ["p/\u00e9", false]);
  assert.deepEqual(await listed(""), ["a,p/1,p/2,p/\u00e9,q", false]);
  for (const [query, says] of [
    ["limit=0", /limit is "0"; allowed are integers from 1 to 1000/],
    ["limit=x", /limit is "x"/],
    ["prefix=a&prefix=b", /prefix is an array; allowed is string/],
    [`after=${"k".repeat(4097)}`, /after is 4097 bytes long; allowed are 4096/],
    ["consistency=eventual", /consistency is not one of linearizable, local/],
    ["start=a", /unknown query parameter "start"; allowed are prefix, after, limit/],
  ] as const) {
    const reply = await get(`/api/kv?${query}`);
    assert.equal(reply.status, 400, query.slice(0, 40));
    assert.match(String(reply.json()["detail"]), says);
  }
});
