// Who may import whom. The table is the one of ARCHITECTURE.md; the compiler sees only part of it.
import { importsOf } from "./masked-source.ts";
import { resolveRelative } from "./relative-path.ts";
import { isPure, type Problem, type Repository, workspaceOf } from "./repository.ts";

/** Each folder may import @caucus/base and these. "any" means every package under packages/. */
const ARROWS: ReadonlyMap<string, readonly string[] | "any"> = new Map<
  string,
  readonly string[] | "any"
>([
  ["packages/base", []],
  ["packages/chitchat", []],
  ["packages/raft", []],
  ["packages/kv", []],
  ["packages/client", []],
  ["packages/storage", ["raft", "kv"]],
  ["packages/rpc", ["raft"]],
  ["packages/node", ["chitchat", "raft", "kv", "storage", "rpc"]],
  ["packages/http", ["node"]],
  ["packages/cli", ["client", "node", "http"]],
  ["packages/dashboard", ["client"]],
  ["sim", "any"],
  ["bench", "any"],
  ["tools", []],
]);

const NEVER_IMPORTED: ReadonlySet<string> = new Set(["sim", "bench", "tools"]);

/** Imports and manifests follow the arrows; core and wire import only themselves and base. */
export function dependencyArrows(repository: Repository): Problem[] {
  return [...manifestArrows(repository), ...importArrows(repository)];
}

function manifestArrows(repository: Repository): Problem[] {
  const problems: Problem[] = [];
  for (const [folder, manifest] of repository.manifests()) {
    if (folder === "") continue;
    const path = `${folder}/package.json`;
    if (!ARROWS.has(folder)) {
      problems.push({ path, message: `${folder} is not in the table of tools/src/tidy/arrows.ts` });
      continue;
    }
    const names = Object.keys({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.devDependencies,
      ...manifest.peerDependencies,
    });
    for (const name of names) {
      const target = siblingOf(name);
      if (target === undefined || mayImport(folder, target)) continue;
      problems.push({ path, message: `${folder} must not depend on ${name}` });
    }
  }
  return problems;
}

function importArrows(repository: Repository): Problem[] {
  const problems: Problem[] = [];
  for (const path of repository.withEnding(".ts")) {
    const folder = workspaceOf(path);
    if (folder === "") continue;
    for (const { specifier, line } of importsOf(repository.source(path))) {
      const reason = refusal(path, folder, specifier);
      if (reason !== undefined) problems.push({ path, line, message: `${specifier}: ${reason}` });
    }
  }
  return problems;
}

function refusal(path: string, folder: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) {
    const target = resolveRelative(path, specifier);
    if (workspaceOf(target) !== folder) return "another package is imported by its name";
    if (isPure(path) && !/\/src\/(core|wire)\//.test(target)) {
      return "core and wire import only themselves and @caucus/base";
    }
    return undefined;
  }
  const target = siblingOf(specifier);
  if (isPure(path) && target !== "base")
    return "core and wire import only themselves and @caucus/base";
  if (target === undefined || target === nameOf(folder)) return undefined;
  return mayImport(folder, target) ? undefined : `${folder} must not import it`;
}

function siblingOf(specifier: string): string | undefined {
  return /^@caucus\/([^/]+)/.exec(specifier)?.[1];
}

function nameOf(folder: string): string {
  return folder.split("/").at(-1) as string;
}

function mayImport(folder: string, target: string): boolean {
  if (NEVER_IMPORTED.has(target)) return false;
  const allowed = ARROWS.get(folder) ?? [];
  return target === "base" || allowed === "any" || allowed.includes(target);
}
