import { sourceOf } from "../test-files.ts";
import { isBuilt, type Problem, type Repository } from "./repository.ts";

/** Compiled files whose source is gone. The compiler leaves them; imports would still find them. */
export function staleOutput(repository: Repository): Problem[] {
  return staleFiles(repository).map((path) => ({
    path,
    message: "its source is gone; npm run fix removes it",
  }));
}

export function staleFiles(repository: Repository): string[] {
  return [...repository.paths].filter((path) => {
    if (!isBuilt(path) || !/\.(js|d\.ts)(\.map)?$/.test(path)) return false;
    const compiled = path.replace(/\.(?:js|d\.ts)(?:\.map)?$/, ".js");
    return !repository.paths.has(sourceOf(compiled));
  });
}
