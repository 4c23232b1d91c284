import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareAddresses, lowestAddress } from "./address-order.ts";

describe("address order", () => {
  it("N4: sorts by host, then by port as a number, whatever the given order", () => {
    const sorted = [
      "9.0.0.1:1",
      "10.0.0.1:1",
      "127.0.0.1:9",
      "127.0.0.1:10",
      "127.0.0.1:10001",
      "::1:5",
      "a.example:1",
      "B.example:1",
      "b.example:2",
    ];
    assert.deepEqual([...sorted].reverse().sort(compareAddresses), sorted);
    assert.equal(lowestAddress(["127.0.0.1:10001", "127.0.0.1:9"]), "127.0.0.1:9");
  });

  it("takes one address in two spellings as the same", () => {
    assert.equal(compareAddresses("Node-1:80", "node-1:80"), 0);
    assert.equal(compareAddresses("[FD00::1]:80", "[fd00::1]:080"), 0);
  });
});
