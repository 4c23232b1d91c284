/**
 * Client sessions (Raft thesis §6.3): a retried write gets the answer of its first execution.
 * The table is part of the state and time is the leader time of the entries, so every replica
 * executes, answers, refuses and forgets alike.
 */
import { decodeResult, encodeResult } from "../wire/result-codec.ts";
import { decodeSession, encodeSession } from "../wire/state-codec.ts";
import type { SessionTag } from "./command.ts";
import { EXPIRY_BOUNDS, expiryKey, parseExpiryKey, sessionKey } from "./key-layout.ts";
import type { PendingState } from "./pending-state.ts";
import type { CommandResult } from "./result.ts";
import type { Counters, SessionRecord } from "./state-records.ts";

export const SESSIONS_MAX = 10_000;
/** How far `sequence` may be ahead of `lowestUnanswered`: answers kept per session. */
export const SESSION_WINDOW = 64;
/** A session that was not used for so long is expired. */
export const SESSION_TTL_MS = 600_000;
/** Bytes of answers kept per session; an answer that does not fit is replaced by a mark. */
export const SESSION_ANSWER_BYTES_MAX = 65_536;
/** Rows of the expiry index that one command looks at. */
const SWEEP_MAX = 4;
const EXECUTED = new Uint8Array(0);

/** What the session table says of a tagged command. */
export type SessionDecision =
  | { readonly kind: "execute"; readonly session: SessionRecord }
  | { readonly kind: "answer"; readonly result: CommandResult };

export function admit(state: PendingState, nowMs: number, tag: SessionTag): SessionDecision {
  const key = sessionKey(tag.session);
  const bytes = state.get(key);
  const stored = bytes === undefined ? undefined : decodeSession(bytes);
  if (stored === undefined || expiresAtMs(stored) <= nowMs) {
    return refuse(
      "session-expired",
      `session ${tag.session} is unknown or was unused for ${SESSION_TTL_MS} ms; nothing was executed`,
    );
  }
  const session = use(stored, nowMs, tag.lowestUnanswered);
  if (tag.sequence < session.lowestUnanswered) {
    return refuse(
      "sequence-gone",
      `sequence ${tag.sequence} is below ${session.lowestUnanswered}, the lowest unanswered one of the session`,
    );
  }
  const answer = session.answers.get(tag.sequence);
  if (answer !== undefined) {
    state.put(key, encodeSession(session));
    if (answer.length > 0) return { kind: "answer", result: decodeResult(answer) };
    return refuse(
      "sequence-gone",
      `sequence ${tag.sequence} was executed once and its answer was too large to keep, allowed are ${SESSION_ANSWER_BYTES_MAX} bytes per session`,
    );
  }
  if (tag.sequence >= session.lowestUnanswered + SESSION_WINDOW) {
    return refuse(
      "session-limit",
      `sequence is ${tag.sequence}, allowed are less than ${SESSION_WINDOW} above the lowest unanswered one, ${session.lowestUnanswered}`,
    );
  }
  return { kind: "execute", session };
}

/** Keeps the answer of a command that `admit` let through. */
export function remember(
  state: PendingState,
  tag: SessionTag,
  session: SessionRecord,
  result: CommandResult,
): void {
  let keptBytes = 0;
  for (const answer of session.answers.values()) keptBytes += answer.length;
  const encoded = encodeResult(result);
  const fits = keptBytes + encoded.length <= SESSION_ANSWER_BYTES_MAX;
  const answers = new Map(session.answers).set(tag.sequence, fits ? encoded : EXECUTED);
  state.put(sessionKey(tag.session), encodeSession({ ...session, answers }));
}

/** Adds a session, which is named by the revision that opens it; undefined when the table is full. */
export function openSession(
  state: PendingState,
  counters: Counters,
  session: number,
): Counters | undefined {
  if (counters.sessions >= SESSIONS_MAX) return undefined;
  const record = { lastUsedMs: counters.leaderTimeMs, lowestUnanswered: 1, answers: new Map() };
  const expiryMs = expiresAtMs(record);
  state.put(sessionKey(session), encodeSession(record));
  state.put(expiryKey(expiryMs, session), EXECUTED);
  return {
    ...counters,
    sessions: counters.sessions + 1,
    sweepAtMs: counters.sweepAtMs === 0 ? expiryMs : Math.min(counters.sweepAtMs, expiryMs),
  };
}

/**
 * Removes expired sessions, a bounded number per command. The index holds for each session a time
 * at or before its expiry: a row whose session was used since then is put back at its new time,
 * so that using a session does not write to the index.
 */
export function sweepSessions(state: PendingState, counters: Counters): Counters {
  const nowMs = counters.leaderTimeMs;
  if (counters.sweepAtMs === 0 || counters.sweepAtMs > nowMs) return counters;
  const rows = state.scan({ ...EXPIRY_BOUNDS, limit: SWEEP_MAX + 1 });
  let sessions = counters.sessions;
  let sweepAtMs = 0;
  for (const [place, row] of rows.entries()) {
    const { expiresAtMs: rowMs, session } = parseExpiryKey(row.key);
    let nextMs = rowMs;
    if (rowMs <= nowMs && place < SWEEP_MAX) {
      state.delete(row.key);
      const bytes = state.get(sessionKey(session));
      const expiryMs = bytes === undefined ? 0 : expiresAtMs(decodeSession(bytes));
      if (expiryMs <= nowMs) {
        state.delete(sessionKey(session));
        sessions--;
        continue;
      }
      state.put(expiryKey(expiryMs, session), EXECUTED);
      nextMs = expiryMs;
    }
    sweepAtMs = sweepAtMs === 0 ? nextMs : Math.min(sweepAtMs, nextMs);
  }
  return { ...counters, sessions, sweepAtMs };
}

function use(session: SessionRecord, nowMs: number, lowest: number): SessionRecord {
  const lowestUnanswered = Math.max(session.lowestUnanswered, lowest);
  const answers = new Map<number, Uint8Array>();
  for (const [sequence, answer] of session.answers) {
    if (sequence >= lowestUnanswered) answers.set(sequence, answer);
  }
  return { lastUsedMs: nowMs, lowestUnanswered, answers };
}

function expiresAtMs(session: Pick<SessionRecord, "lastUsedMs">): number {
  return session.lastUsedMs + SESSION_TTL_MS;
}

function refuse(
  reason: "session-expired" | "session-limit" | "sequence-gone",
  message: string,
): SessionDecision {
  return { kind: "answer", result: { kind: "refused", reason, message } };
}
