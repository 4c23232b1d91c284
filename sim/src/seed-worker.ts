/**
 * Runs seeds in a process of its own: `seed-worker.js KIND FROM STRIDE COUNT STEPS`. Prints one line
 * of JSON per seed; its parent reads them, and may end it at any time.
 */
import { KINDS, RAFT } from "./kinds.ts";

const [from, stride, count, steps] = process.argv.slice(3).map(Number) as [
  number,
  number,
  number,
  number,
];
const { simulate } = KINDS.find(({ name }) => name === process.argv[2]) ?? RAFT;

for (let at = 0; at < count; at++) {
  const result = await simulate({ seed: from + at * stride, steps });
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
