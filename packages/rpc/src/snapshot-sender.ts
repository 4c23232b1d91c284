import {
  encodeSnapshotHeader,
  type SnapshotHeader,
  type SnapshotOutcome,
  type SnapshotSource,
} from "@caucus/raft";
import { Client, type ClientWritableStream, credentials } from "@grpc/grpc-js";
import { clientOptions } from "./channel-options.ts";
import type { LinkContext } from "./peer-link.ts";
import type { SnapshotAnswer, SnapshotPart } from "./proto-types.ts";
import { peerService } from "./service-definitions.ts";

/** How many times the stall limit the receiver may take to verify a whole snapshot. */
const VERIFY_FACTOR = 6;

/** A snapshot on its way. */
export interface SnapshotSending {
  /** Ends it as `failed`, unless it has ended. */
  cancel(): void;
}

/**
 * Sends one snapshot over a connection of its own, so that messages never wait behind it. The
 * next chunk is read from the source when the socket has taken the one before. `done` is called
 * once, never inside this call, after the source is closed.
 */
export function startSnapshotSending(
  address: string,
  header: SnapshotHeader,
  source: SnapshotSource,
  context: Pick<LinkContext, "config" | "logger">,
  done: (outcome: SnapshotOutcome) => void,
): SnapshotSending {
  const { config, logger } = context;
  const client = new Client(address, credentials.createInsecure(), clientOptions(config));
  const { path, requestSerialize, responseDeserialize } = peerService.Snapshot;
  let ended = false;
  let stall: NodeJS.Timeout | undefined;

  const end = (outcome: SnapshotOutcome, why: string): void => {
    if (ended) return;
    ended = true;
    clearTimeout(stall);
    call.cancel();
    client.close();
    source.close();
    const { index } = header.meta;
    logger.info("snapshot sent", { peer: header.to, address, index, outcome, why });
    setImmediate(() => done(outcome));
  };
  const watch = (stallMs: number = config.snapshotStallMs): void => {
    clearTimeout(stall);
    stall = setTimeout(() => end("failed", `nothing taken for ${stallMs} ms`), stallMs);
  };
  const answered = (error: Error | null, answer?: SnapshotAnswer): void => {
    if (error !== null) end("failed", error.message);
    else if (answer?.delivered) end("delivered", "");
    else end("refused", answer?.message ?? "");
  };
  const call: ClientWritableStream<SnapshotPart> = client.makeClientStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    answered,
  );
  call.on("error", (error) => end("failed", error.message));
  const sendNext = (error?: Error | null): void => {
    if (ended) return;
    const part = error ?? nextPart(source);
    if (part instanceof Error) {
      end("failed", part.message);
      return;
    }
    // The receiver answers the end only after it has verified the whole.
    watch(part.end ? VERIFY_FACTOR * config.snapshotStallMs : undefined);
    if (part.end) call.end(part);
    else call.write(part, sendNext);
  };
  watch();
  call.write({ header: encodeSnapshotHeader(header) }, sendNext);
  return { cancel: () => end("failed", "cancelled") };
}

function nextPart(source: SnapshotSource): SnapshotPart | Error {
  try {
    const chunk = source.next();
    return chunk === undefined ? { end: true } : { chunk };
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}
