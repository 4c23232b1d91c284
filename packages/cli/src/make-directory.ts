import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { systemCode } from "./command/exit-codes.ts";

/**
 * Makes a directory, and those that it is in, where they are missing. Not by the `recursive` of
 * `mkdirSync`: that never ends where a file system such as /proc says "not found" to something new.
 */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path);
  } catch (thrown) {
    if (isDirectory(path)) return;
    if (systemCode(thrown) !== "ENOENT" || isDirectory(dirname(path))) throw thrown;
    makeDirectory(dirname(path));
    makeDirectory(path);
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
