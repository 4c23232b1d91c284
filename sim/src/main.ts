import { simulate } from "./simulation.ts";
const from = Number(process.argv[2]); const n = Number(process.argv[3] ?? 1);
const t0 = performance.now(); let steps = 0; let bad = 0;
for (let s = from; s < from + n; s++) {
  const r = simulate({ seed: s, steps: Number(process.argv[4] ?? 10000), ...(process.env["V"] ? { print: (l: string) => console.log(l) } : {}) });
  steps += r.steps;
  if (r.violation) { bad++; console.log(s, r.steps, r.violation.property, r.violation.message); }
  if (n === 1) console.log(JSON.stringify(r, null, 1));
}
console.log({ steps, bad, rate: steps / (performance.now() - t0) * 1000 });
