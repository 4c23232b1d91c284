// docs/seeds.md says of every line of the seeds' checklist which test shows it, or that it comes
// later, or why no test can show it; this rule checks that no line is missing and no test invented.
import { lineAt } from "./masked-source.ts";
import type { Problem, Repository } from "./repository.ts";

const MAP = "docs/seeds.md";

/** The numbers of the checklist's lines, by seed; `a-b` stands for all between. */
export const SEED_LINES: Readonly<Record<string, string>> = {
  S0: "01-04 10-19 20-27 30-36 40-46 50-55 60-62 70-75 80 81",
  S1: "01-05 10-13 20-29 30-33 40 50-57",
  S2: "01-07 10-17 20-29 30-34 40",
  S3: "01-06 10-17 20-29 30-34 40-46 50-54 60-63 70-77 80 81",
  S4: "01-03 10-13 20-29 30-34",
};

interface SeedLine {
  readonly id: string;
  readonly line: number;
  /** What the last column of the table says. */
  readonly shown: string;
}

export function seeds(repository: Repository): Problem[] {
  const text = repository.text(MAP);
  if (text === undefined) return [];
  const lines = readSeedLines(text);
  const problems = lines.flatMap((line) => checkLine(repository, line));
  const counts = new Map<string, number>();
  for (const { id } of lines) counts.set(id, (counts.get(id) ?? 0) + 1);
  const known = new Set(Object.entries(SEED_LINES).flatMap(([seed, spans]) => expand(seed, spans)));
  for (const id of known) {
    const count = counts.get(id) ?? 0;
    if (count !== 1) {
      const message = count === 0 ? `${id} is missing` : `${id} is listed ${count} times`;
      problems.push({ path: MAP, message });
    }
  }
  for (const { id, line } of lines) {
    if (!known.has(id)) problems.push({ path: MAP, line, message: `${id} is no line of a seed` });
  }
  return problems;
}

/** Rows of the form `| S0-10 | what | \`test\` |`, in which the last column may say `later: …`. */
function readSeedLines(text: string): SeedLine[] {
  return [...text.matchAll(/^\| (S\d-\d\d) \|[^|]*\|([^|]*)\|$/gm)].map((match) => ({
    id: match[1] as string,
    line: lineAt(text, match.index),
    shown: (match[2] as string).trim(),
  }));
}

function checkLine(repository: Repository, { id, line, shown }: SeedLine): Problem[] {
  const problem = (message: string): Problem => ({ path: MAP, line, message: `${id}: ${message}` });
  if (/^(later|no test): ./.test(shown)) return [];
  const names = [...shown.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string);
  if (names.length === 0)
    return [problem("names no test, and says neither `later:` nor `no test:`")];
  return names.flatMap((name) => {
    const text = repository.text(name);
    if (text === undefined) return [problem(`no file ${name}`)];
    if (!name.endsWith(".test.ts")) return [problem(`${name} is no test`)];
    return mentions(text, id) ? [] : [problem(`${name} does not mention it`)];
  });
}

/** By itself, or within a range as `S0-21 to S0-27`. */
function mentions(text: string, id: string): boolean {
  if (text.includes(id)) return true;
  const ranges = text.matchAll(/\b(S\d-\d\d) to (S\d-\d\d)\b/g);
  return [...ranges].some(([, first = "", last = ""]) => first <= id && id <= last);
}

function expand(seed: string, spans: string): string[] {
  return spans.split(" ").flatMap((span) => {
    const [first, last = first] = span.split("-").map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, offset) =>
      [seed, String(first + offset).padStart(2, "0")].join("-"),
    );
  });
}
