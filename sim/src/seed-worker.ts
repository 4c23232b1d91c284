/**
 * Runs seeds in a process of its own: `seed-worker.js FROM STRIDE COUNT STEPS`. Prints one line
 * of JSON per seed; its parent reads them, and may end it at any time.
 */
import { simulate } from "./simulation.ts";

const [from, stride, count, steps] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
];

for (let at = 0; at < count; at++) {
  process.stdout.write(`${JSON.stringify(simulate({ seed: from + at * stride, steps }))}\n`);
}
