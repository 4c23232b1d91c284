import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatAddress, parseAddress } from "./address.ts";

describe("parseAddress", () => {
  it("reads names, IPv4 and IPv6 with a port, and formatAddress writes them", () => {
    for (const [text, host, port] of [
      ["127.0.0.1:10001", "127.0.0.1", 10_001],
      ["db-1.example:1", "db-1.example", 1],
      ["[::1]:65535", "::1", 65_535],
      ["[::ffff:10.0.0.1]:7", "::ffff:10.0.0.1", 7],
    ] as const) {
      assert.deepEqual(parseAddress(text), { host, port });
      assert.equal(formatAddress({ host, port }), text);
    }
  });

  it("refuses everything else", () => {
    for (const text of [
      ...["", ":1", "a", "a:", "a:b", "a:-1", "a:1.5", "a:65536", "a:100000", "a b:1", "a,b:1"],
      ...["::1:5", "[::1]", "[]:1", "[a]x:1", "http://a:1", "a:1/", "a:1\n"],
    ]) {
      assert.equal(parseAddress(text), undefined, JSON.stringify(text));
    }
  });

  it("takes port 0 only where it is asked for", () => {
    assert.equal(parseAddress("a:0"), undefined);
    assert.deepEqual(parseAddress("a:0", 0), { host: "a", port: 0 });
  });
});
