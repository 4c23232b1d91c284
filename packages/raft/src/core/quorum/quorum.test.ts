import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Configuration, EMPTY_CONFIGURATION } from "../configuration.ts";
import { quorumValue, quorumVote } from "./joint.ts";

const keys = ["a", "b", "c", "d", "e", "f", "g"];
const someKeys = fc.subarray(keys, { minLength: 1 });
const values = fc.dictionary(fc.constantFrom(...keys), fc.nat(20));

function configuration(voters: string[], outgoing: string[]): Configuration {
  return { ...EMPTY_CONFIGURATION, voters, outgoing };
}

/** By definition: the largest value that more than half of the keys have reached. */
function bruteForce(voters: string[], reachedBy: (key: string) => number): number {
  for (let value = 20; value > 0; value--) {
    const count = voters.filter((key) => reachedBy(key) >= value).length;
    if (count * 2 > voters.length) return value;
  }
  return 0;
}

test("R6: a joint quorum is a majority of both halves", () => {
  fc.assert(
    fc.property(someKeys, fc.subarray(keys), values, (voters, outgoing, given) => {
      const reachedBy = (key: string): number => given[key] ?? 0;
      const halves = outgoing.length === 0 ? [voters] : [voters, outgoing];
      const expected = Math.min(...halves.map((half) => bruteForce(half, reachedBy)));
      assert.equal(quorumValue(configuration(voters, outgoing), reachedBy), expected);
    }),
  );
});

test("R9: votes under keys outside the configuration have no weight", () => {
  const votes = new Map([
    ["x", true],
    ["y", true],
    ["a", true],
  ]);
  assert.equal(quorumVote(configuration(["a", "b", "c"], []), votes), "pending");
});

test("a vote is won, lost or pending as the halves are", () => {
  fc.assert(
    fc.property(
      someKeys,
      fc.subarray(keys),
      fc.dictionary(fc.constantFrom(...keys), fc.boolean()),
      (voters, outgoing, given) => {
        const votes = new Map(Object.entries(given));
        const halves = outgoing.length === 0 ? [voters] : [voters, outgoing];
        const count = (half: string[], vote: boolean): number =>
          half.filter((key) => votes.get(key) === vote).length;
        const isWon = halves.every((half) => count(half, true) * 2 > half.length);
        const isLost = halves.some((half) => count(half, false) * 2 >= half.length);
        const expected = isWon ? "won" : isLost ? "lost" : "pending";
        assert.equal(quorumVote(configuration(voters, outgoing), votes), expected);
      },
    ),
  );
});
