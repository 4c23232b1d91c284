import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listFiles } from "../source-tree.ts";
import { type MaskedSource, maskSource } from "./masked-source.ts";

/** One broken rule. `line` is 1-based; absent when the whole file is meant. */
export interface Problem {
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}

/** A rule looks at the repository and returns what is wrong. It never changes anything. */
export type Rule = (repository: Repository) => Problem[];

/** The manifest fields that rules look at. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly private?: boolean;
  readonly engines?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly exports?: unknown;
  readonly workspaces?: readonly string[];
}

const READ = /\.(ts|mjs|js|md|json|sh|txt|proto|toml|yaml|yml)$|(^|\/)(NOTICE|LICENSE|run)$/;

/** Files by path (relative, `/`-separated). Built output has a path but no text. */
export class Repository {
  readonly paths: ReadonlySet<string>;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #masked = new Map<string, MaskedSource>();

  private constructor(paths: ReadonlySet<string>, texts: ReadonlyMap<string, string>) {
    this.paths = paths;
    this.#texts = texts;
  }

  static read(root: string): Repository {
    const paths = listFiles(root);
    const texts = new Map<string, string>();
    for (const path of paths) {
      if (isBuilt(path) || !READ.test(path)) continue;
      texts.set(path, readFileSync(join(root, path), "utf8"));
    }
    return new Repository(new Set(paths), texts);
  }

  /** A repository that exists only in memory, for the tests of rules. */
  static of(files: Readonly<Record<string, string>>): Repository {
    const texts = Object.entries(files).filter(([path]) => !isBuilt(path));
    return new Repository(new Set(Object.keys(files)), new Map(texts));
  }

  text(path: string): string | undefined {
    return this.#texts.get(path);
  }

  /** Paths of files with text, with this ending. */
  withEnding(ending: string): string[] {
    return [...this.#texts.keys()].filter((path) => path.endsWith(ending));
  }

  /** A TypeScript file of the repository. */
  source(path: string): MaskedSource {
    let masked = this.#masked.get(path);
    if (masked === undefined) {
      masked = maskSource(this.#texts.get(path) ?? "");
      this.#masked.set(path, masked);
    }
    return masked;
  }

  /** `package.json` of the root ("") and of each workspace, by folder. */
  manifests(): Map<string, Manifest> {
    const manifests = new Map<string, Manifest>();
    for (const path of this.withEnding("package.json")) {
      const folder = path === "package.json" ? "" : path.slice(0, -"/package.json".length);
      manifests.set(folder, JSON.parse(this.#texts.get(path) ?? "{}") as Manifest);
    }
    return manifests;
  }
}

/** The workspace a path belongs to (`packages/raft`, `sim`), or "" for files of the root. */
export function workspaceOf(path: string): string {
  return /^(packages\/[^/]+|sim|bench|tools)\//.exec(path)?.[1] ?? "";
}

/** `core/` and `wire/` of a protocol package decide and encode; they do no input or output. */
export function isPure(path: string): boolean {
  return /^packages\/[^/]+\/src\/(core|wire)\//.test(path) && !path.endsWith(".test.ts");
}

export function isBuilt(path: string): boolean {
  return /(^|\/)dist\//.test(path) || path.endsWith(".tsbuildinfo");
}
