import { randomBytes } from "node:crypto";
import { rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CaucusError } from "@caucus/base";
import { dataDirectory } from "../data-directory.ts";
import { replaceFile, syncDirectory } from "../durable-file.ts";
import { newFence } from "../fence/fence.ts";
import { FenceSlots } from "../fence/fence-slots.ts";
import { encodeIdentity } from "../identity.ts";
import { readIdentityFile } from "../identity-file.ts";
import { loadRocksBinding } from "./binding.ts";
import { openDatabase } from "./open-storage.ts";

/**
 * Removes log and state of a member that does not run, for `caucus rejoin --discard-data`. Its
 * label stays, its key is new: the others will take it for a newcomer. Answers the label;
 * undefined when the identity was unreadable, then the next start makes a new one.
 * Rejects as `conflict` when a process uses the directory, and as `not_found` when there is none.
 * Stopped in between, it can be run again.
 */
export async function discardData(root: string): Promise<{ readonly label: number | undefined }> {
  const directory = dataDirectory(resolve(root));
  if (!(await stat(directory.root).catch(() => undefined))?.isDirectory()) {
    throw new CaucusError("not_found", `there is no data directory ${directory.root}`);
  }
  await refuseWhileRunning(directory.root);
  const identity = await readIdentityFile(directory.identity).catch(() => undefined);
  await rm(directory.database, { recursive: true, force: true });
  if (identity === undefined) {
    await rm(directory.identity, { force: true });
    await rm(directory.fence, { force: true });
    await syncDirectory(directory.root);
    return { label: undefined };
  }
  const memberKey = randomBytes(16).toString("hex");
  await replaceFile(directory.fence, FenceSlots.create(newFence(memberKey)).file);
  const renewed = {
    memberKey,
    label: identity.label,
    startCounter: 0,
    cluster: undefined,
    promise: undefined,
  };
  await replaceFile(directory.identity, encodeIdentity(renewed));
  return { label: identity.label };
}

/** A damaged database is as good as an intact one here; only a lock matters. */
async function refuseWhileRunning(root: string): Promise<void> {
  const directory = dataDirectory(root);
  try {
    const database = await openDatabase(loadRocksBinding(), directory);
    await database.close();
  } catch (error) {
    if (
      error instanceof CaucusError &&
      (error.code === "conflict" || error.code === "unsupported")
    ) {
      throw error;
    }
  }
}
