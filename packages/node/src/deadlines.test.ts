import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deadlines } from "./deadlines.ts";

describe("Deadlines", () => {
  it("expires in order, never early, each once", () => {
    const deadlines = new Deadlines(1_000);
    const expired: string[] = [];
    deadlines.add(1_200, () => expired.push("second"));
    deadlines.add(1_050, () => expired.push("first"));
    deadlines.advance(1_049);
    assert.deepEqual(expired, []);
    deadlines.advance(1_080);
    assert.deepEqual(expired, ["first"]);
    deadlines.advance(9_000);
    deadlines.advance(9_001);
    assert.deepEqual(expired, ["first", "second"]);
    assert.equal(deadlines.size, 0);
  });

  it("forgets what is dropped, also from inside an expiry", () => {
    const deadlines = new Deadlines(0);
    const expired: string[] = [];
    const dropped = deadlines.add(100, () => expired.push("dropped"));
    deadlines.add(80, () => deadlines.drop(dropped));
    deadlines.advance(500);
    assert.deepEqual(expired, []);
  });

  it("takes a deadline in the past as due at the next advance", () => {
    const deadlines = new Deadlines(1_000);
    let expired = 0;
    deadlines.add(10, () => expired++);
    deadlines.advance(1_001);
    assert.equal(expired, 1);
  });
});
