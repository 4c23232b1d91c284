// docs/spec numbers every invariant and names what holds it; this rule checks the list both ways.
import { lineAt } from "./masked-source.ts";
import type { Problem, Repository } from "./repository.ts";

interface Invariant {
  readonly id: string;
  readonly path: string;
  readonly line: number;
  /** The whole list item, as one line. */
  readonly text: string;
}

/** The prefix letters of docs/spec: one per package that holds invariants. */
const ID = "[RGKSTNH]\\d+";

export function invariants(repository: Repository): Problem[] {
  const listed = repository
    .withEnding(".md")
    .filter((path) => path.startsWith("docs/spec/"))
    .flatMap((path) => readInvariants(path, repository.text(path) ?? ""));
  const ids = new Set<string>();
  const problems: Problem[] = [];
  for (const invariant of listed) {
    const { id, path, line } = invariant;
    if (ids.has(id)) problems.push({ path, line, message: `${id} is listed twice` });
    ids.add(id);
    problems.push(...checkHolders(repository, invariant));
  }
  return [...problems, ...unknownIds(repository, ids)];
}

/** Items of the form `- **R3** What must hold. Held by: \`path\`, \`path\``. */
export function readInvariants(path: string, text: string): Invariant[] {
  const found: Invariant[] = [];
  const items = new RegExp(`^- \\*\\*(${ID})\\*\\*((?:(?!\\n\\s*\\n|\\n- |\\n#)[^])*)`, "gm");
  for (const match of text.matchAll(items)) {
    const line = lineAt(text, match.index);
    found.push({
      id: match[1] as string,
      path,
      line,
      text: (match[2] as string).replace(/\s+/g, " "),
    });
  }
  return found;
}

function checkHolders(repository: Repository, invariant: Invariant): Problem[] {
  const { id, path, line } = invariant;
  const holders = invariant.text.split("Held by:")[1]?.matchAll(/`([^`]+)`/g);
  const names = [...(holders ?? [])].map((match) => match[1] as string);
  if (names.length === 0) return [{ path, line, message: `${id} names nothing that holds it` }];
  const problems: Problem[] = [];
  for (const name of names) {
    const text = repository.text(name);
    if (text === undefined) problems.push({ path, line, message: `${id}: no file ${name}` });
    else if (!new RegExp(`\\b${id}\\b`).test(text)) {
      problems.push({ path, line, message: `${id}: ${name} does not mention it` });
    }
  }
  return problems;
}

/** Uses in comments and strings, as `R3:`, of ids that no document lists. */
function unknownIds(repository: Repository, ids: ReadonlySet<string>): Problem[] {
  const problems: Problem[] = [];
  for (const path of repository.withEnding(".ts")) {
    if (path.startsWith("tools/")) continue;
    const { text, code } = repository.source(path);
    for (const match of text.matchAll(new RegExp(`\\b(${ID}):`, "g"))) {
      const id = match[1] as string;
      if (code[match.index] !== " " || ids.has(id)) continue;
      const line = lineAt(text, match.index);
      problems.push({ path, line, message: `${id} is not listed in docs/spec` });
    }
  }
  return problems;
}
