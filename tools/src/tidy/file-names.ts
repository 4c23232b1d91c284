import { isBuilt, type Problem, type Repository } from "./repository.ts";

const MEANINGLESS = /(^|[/.-])(utils?|helpers?|common|misc)(\.|\/|-|$)/;

/** A name says what is inside; these say only that nobody decided. */
export function fileNames(repository: Repository): Problem[] {
  return [...repository.paths]
    .filter((path) => !isBuilt(path) && MEANINGLESS.test(path))
    .map((path) => ({ path, message: "name it after the one thing it holds" }));
}
