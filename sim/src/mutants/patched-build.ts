/**
 * A copy of the build, to be broken on purpose. It stands in a folder of its own under
 * node_modules/.cache, as node_modules/@caucus/*: imports inside the copy find the copy.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Mutant } from "./mutant.ts";

const REPOSITORY = fileURLToPath(new URL("../../../../", import.meta.url));
const PACKAGES = ["base", "raft", "kv", "storage", "node", "rpc", "chitchat"];

export class PatchedBuild {
  readonly #folder: string;
  /** Contents of the patched files as they were. */
  readonly #originals = new Map<string, string>();

  /** `name` tells builds that exist at one time apart. */
  constructor(name: string) {
    this.#folder = join(REPOSITORY, "node_modules", ".cache", "caucus-mutants", name);
    this.remove();
    for (const folder of PACKAGES) this.#copy(join("packages", folder), folder);
    this.#copy("sim", "sim");
  }

  /** The script that runs seeds on this copy. */
  get worker(): string {
    return join(this.#packageFolder("sim"), "dist", "src", "seed-worker.js");
  }

  /** @throws Error when a pattern does not occur exactly once. */
  apply(mutant: Mutant): void {
    for (const { file, find, replace } of mutant.patches) {
      const path = this.#packageFolder(file);
      const text = readFileSync(path, "utf8");
      const found = text.split(find).length - 1;
      if (found !== 1) {
        throw new Error(
          `mutant "${mutant.name}": ${found} matches in ${file}, needed is 1: ${find}`,
        );
      }
      if (!this.#originals.has(path)) this.#originals.set(path, text);
      writeFileSync(
        path,
        text.replace(find, () => replace),
      );
    }
  }

  /** Takes the patches back. */
  restore(): void {
    for (const [path, text] of this.#originals) writeFileSync(path, text);
    this.#originals.clear();
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #packageFolder(path: string): string {
    return join(this.#folder, "node_modules", "@caucus", path);
  }

  #copy(from: string, to: string): void {
    const target = this.#packageFolder(to);
    mkdirSync(target, { recursive: true });
    cpSync(join(REPOSITORY, from, "package.json"), join(target, "package.json"));
    for (const folder of ["dist/src", "dist/testing"]) {
      const source = join(REPOSITORY, from, folder);
      if (!existsSync(source)) continue;
      cpSync(source, join(target, folder), {
        recursive: true,
        filter: (path) => !path.endsWith(".d.ts") && !path.endsWith(".d.ts.map"),
      });
    }
  }
}
