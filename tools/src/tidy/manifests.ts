import type { Manifest, Problem, Repository } from "./repository.ts";

const NODE_RANGE = ">=20.19";
/** Licences that may be installed without asking anybody. */
const ALLOWED_LICENCES: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "MIT OR Apache-2.0",
]);

interface LockedPackage {
  readonly license?: string;
  readonly link?: boolean;
}

/** Every package.json agrees with the root, and NOTICE names what we depend on. */
export function manifests(repository: Repository): Problem[] {
  const all = repository.manifests();
  const root = all.get("");
  const problems: Problem[] = [];
  for (const [folder, manifest] of all) {
    const path = folder === "" ? "package.json" : `${folder}/package.json`;
    const expected: readonly (readonly [string, unknown, unknown])[] = [
      ["license", manifest.license, "MIT"],
      ["engines.node", manifest.engines?.["node"], NODE_RANGE],
      ["version", manifest.version, root?.version],
    ];
    for (const [field, actual, wanted] of expected) {
      if (actual === wanted) continue;
      problems.push({
        path,
        message: `${field} is ${String(actual)}, it must be ${String(wanted)}`,
      });
    }
    if (folder !== "" && root?.workspaces?.includes(folder) !== true) {
      problems.push({ path, message: "not listed in workspaces of the root" });
    }
  }
  return [...problems, ...checkNotice(repository, all)];
}

function checkNotice(repository: Repository, all: ReadonlyMap<string, Manifest>): Problem[] {
  const locked = lockedPackages(repository);
  const noticed = readNotice(repository.text("NOTICE") ?? "");
  const wanted = new Set(
    [...all.values()]
      .flatMap((one) =>
        Object.keys({ ...one.dependencies, ...one.optionalDependencies, ...one.devDependencies }),
      )
      .filter((name) => !name.startsWith("@caucus/")),
  );
  const path = "NOTICE";
  const problems: Problem[] = [];
  for (const name of wanted) {
    const licence = locked.get(name) ?? "no licence";
    if (noticed.get(name) === licence) continue;
    problems.push({ path, message: `must have the line "- ${name} (${licence}): what for"` });
  }
  for (const name of noticed.keys()) {
    if (!wanted.has(name)) problems.push({ path, message: `no package depends on ${name}` });
  }
  for (const [name, licence] of locked) {
    if (ALLOWED_LICENCES.has(licence)) continue;
    problems.push({ path: "package-lock.json", message: `${name} has the licence "${licence}"` });
  }
  return problems;
}

/** Lines of the form `- fastify (MIT): the HTTP server`. */
function readNotice(text: string): Map<string, string> {
  const lines = [...text.matchAll(/^- (\S+) \(([^)]+)\): \S/gm)];
  return new Map(lines.map((match) => [match[1] as string, match[2] as string]));
}

function lockedPackages(repository: Repository): Map<string, string> {
  const lock = JSON.parse(repository.text("package-lock.json") ?? "{}") as {
    readonly packages?: Readonly<Record<string, LockedPackage>>;
  };
  const licences = new Map<string, string>();
  for (const [path, entry] of Object.entries(lock.packages ?? {})) {
    if (!path.startsWith("node_modules/") || entry.link === true) continue;
    const name = path.slice("node_modules/".length);
    licences.set(name, entry.license ?? "unknown");
  }
  return licences;
}
