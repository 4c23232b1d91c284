import { importsOf } from "./masked-source.ts";
import { resolveRelative } from "./relative-path.ts";
import { type Problem, type Repository, workspaceOf } from "./repository.ts";

/**
 * A source file that nothing reaches. Roots are tests, and the built files that a package.json
 * names (exports, bin, scripts) or that a script of the repository calls.
 */
export function deadFiles(repository: Repository): Problem[] {
  const sources = repository
    .withEnding(".ts")
    .filter((path) => workspaceOf(path) !== "" && !path.endsWith(".d.ts"));
  const known = new Set(sources);
  const pending = sources.filter((path) => path.endsWith(".test.ts"));
  pending.push(...entryPoints(repository).filter((path) => known.has(path)));
  const reached = new Set(pending);
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for (const next of referencesOf(repository, path, known)) {
      if (reached.has(next)) continue;
      reached.add(next);
      pending.push(next);
    }
  }
  return sources
    .filter((path) => !reached.has(path))
    .map((path) => ({ path, message: "nothing imports this file" }));
}

function entryPoints(repository: Repository): string[] {
  const entries: string[] = [];
  for (const [folder, { exports, bin, scripts }] of repository.manifests()) {
    const named = JSON.stringify([exports, bin, scripts]);
    for (const match of named.matchAll(/((?:[\w.-]+\/)*)dist\/([\w./-]+)\.js/g)) {
      const prefix = (match[1] ?? "").replace(/^\.\//, "");
      const base = folder === "" ? "" : `${folder}/`;
      entries.push(`${base}${prefix}${match[2]}.ts`);
    }
  }
  const scripts = [...repository.withEnding(".sh"), ...repository.withEnding(".ts")];
  for (const path of scripts) {
    for (const match of (repository.text(path) ?? "").matchAll(/([\w./-]*)dist\/([\w./-]+)\.js/g)) {
      entries.push(`${(match[1] ?? "").replace(/^(\.\.?\/)+/, "")}${match[2]}.ts`);
    }
  }
  return entries;
}

/** Imports by path, and files of the same package named in a string: workers, child processes. */
function referencesOf(
  repository: Repository,
  path: string,
  known: ReadonlySet<string>,
): Set<string> {
  const source = repository.source(path);
  const found = new Set<string>();
  for (const { specifier } of importsOf(source)) {
    if (specifier.startsWith(".")) found.add(resolveRelative(path, specifier));
  }
  for (const match of source.uncommented.matchAll(
    /["'`]((?:[\w.-]+\/)*[\w.-]+)\.(?:js|ts)["'`]/g,
  )) {
    const name = (match[1] as string).split("/").at(-1);
    for (const candidate of known) {
      if (workspaceOf(candidate) !== workspaceOf(path)) continue;
      if (candidate.endsWith(`/${name}.ts`)) found.add(candidate);
    }
  }
  found.delete(path);
  return new Set([...found].filter((candidate) => known.has(candidate)));
}
