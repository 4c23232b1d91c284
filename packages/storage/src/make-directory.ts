import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** Only its owner reads what a member has on disk. */
const MODE = 0o700;

/**
 * Makes a directory, and those that it is in, where they are missing. Not by the `recursive` of
 * `mkdir`: that never ends where a file system such as /proc says "not found" to something new.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, MODE);
  } catch (thrown) {
    if (await isDirectory(path)) return;
    const isParentMissing = (thrown as NodeJS.ErrnoException).code === "ENOENT";
    if (!isParentMissing || (await isDirectory(dirname(path)))) throw thrown;
    await makeDirectory(dirname(path));
    await makeDirectory(path);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
