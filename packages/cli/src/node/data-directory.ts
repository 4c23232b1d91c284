import { existsSync } from "node:fs";
import { join } from "node:path";

/** One of them is in every data directory, even a damaged one. */
export const DATA_DIRECTORY_MARKS = ["identity", "fence"] as const;

/** Whether a directory holds the data of a node, so that nothing else is ever removed. */
export function isDataDirectory(path: string): boolean {
  return DATA_DIRECTORY_MARKS.some((mark) => existsSync(join(path, mark)));
}
