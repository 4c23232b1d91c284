import assert from "node:assert/strict";
import { test } from "node:test";
import { Repository } from "./repository.ts";
import { SEED_LINES, seeds } from "./seeds.ts";

const TEST = "packages/http/test/seed-0.test.ts";

/** A whole map in which only this line names a test. */
function mapWith(id: string, shown: string): string {
  const ids = Object.entries(SEED_LINES).flatMap(([seed, spans]) =>
    spans.split(" ").flatMap((span) => {
      const [first, last = first] = span.split("-").map(Number) as [number, number?];
      return Array.from({ length: last - first + 1 }, (_, n) => `${seed}-${pad(first + n)}`);
    }),
  );
  const rows = ids.map((other) => `| ${other} | what | ${other === id ? shown : "later: x"} |`);
  return `# Seeds\n\n${rows.join("\n")}\n`;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}

function messages(map: string, testText = "S0-10: a state"): string[] {
  const repository = Repository.of({ "docs/seeds.md": map, [TEST]: testText });
  return seeds(repository).map(({ message }) => message);
}

test("a line and the test that mentions it agree", () => {
  assert.deepEqual(messages(mapWith("S0-10", `\`${TEST}\``)), []);
});

test("a line that names no test must say later, or why there is none", () => {
  assert.match(messages(mapWith("S0-10", "")).join(), /S0-10: names no test/);
  assert.deepEqual(messages(mapWith("S0-10", "later: with issue 9")), []);
  assert.deepEqual(messages(mapWith("S0-10", "no test: a licence")), []);
});

test("a test that does not exist, is none, or does not mention the line is a problem", () => {
  assert.match(messages(mapWith("S0-10", "`packages/x.test.ts`")).join(), /no file packages\/x/);
  assert.match(messages(mapWith("S0-11", `\`${TEST}\``)).join(), /S0-11: .* does not mention it/);
  const noTest = Repository.of({
    "docs/seeds.md": mapWith("S0-10", "`README.md`"),
    "README.md": "S0-10",
  });
  assert.match(seeds(noTest)[0]?.message ?? "", /is no test/);
});

test("a line that is missing, listed twice or unknown is a problem", () => {
  const map = mapWith("S0-10", "later: x");
  assert.match(
    messages(map.replace("| S0-10 |", "| S0-99 |")).join(),
    /S0-10 is missing.*S0-99 is no/,
  );
  assert.match(messages(map.replace("| S0-10 |", "| S0-11 |")).join(), /S0-11 is listed 2 times/);
});
