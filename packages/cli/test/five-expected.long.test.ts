import { it } from "node:test";
import { expectOneCluster } from "./five-expected.ts";

const ROUNDS = 20;

it(`N29: five at once that expect five make one cluster, ${ROUNDS} times out of ${ROUNDS}`, async (t) => {
  for (let round = 1; round <= ROUNDS; round++) {
    const beginMs = performance.now();
    await expectOneCluster();
    t.diagnostic(`round ${round}: ${Math.round(performance.now() - beginMs)} ms`);
  }
});
