import { cp, mkdir, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A copy of this build, to be changed by a test. */
export interface BuildCopy {
  readonly writerProgram: string;
  /** Of src/rocksdb/writer-thread.ts. */
  readonly writerThread: string;
}

/** Packages are found as here, except the binding of RocksDB where `binding` is false. */
export async function copyBuild(
  target: string,
  options: { readonly binding: boolean },
): Promise<BuildCopy> {
  const dist = fileURLToPath(new URL("..", import.meta.url));
  const storage = join(target, "storage");
  await cp(dist, join(storage, "dist"), { recursive: true });
  await cp(join(dist, "..", "package.json"), join(storage, "package.json"));
  const resolved = createRequire(import.meta.url).resolve("@nxtedition/rocksdb/package.json");
  const scopes = ["@caucus", ...(options.binding ? ["@nxtedition"] : [])];
  await mkdir(join(target, "node_modules"));
  for (const scope of scopes) {
    await symlink(
      join(dirname(dirname(dirname(resolved))), scope),
      join(target, "node_modules", scope),
    );
  }
  return {
    writerProgram: join(storage, "dist", "test", "writer-program.js"),
    writerThread: join(storage, "dist", "src", "rocksdb", "writer-thread.js"),
  };
}
