/**
 * Applying one committed command: a pure function of the state and the entry's bytes, so that all
 * replicas stay equal. Whatever can refuse a command does so before its first change.
 */
import { assertNever, DecodeError } from "@caucus/base";
import { decodeEnvelope } from "../wire/command-codec.ts";
import { NewerFormatError } from "../wire/format-version.ts";
import type { CommandEnvelope } from "./command.ts";
import { execute } from "./execute.ts";
import type { PendingState } from "./pending-state.ts";
import type { CommandResult } from "./result.ts";
import { admit, remember, sweepSessions } from "./sessions.ts";
import { readCounters, writeCounters } from "./state-meta.ts";
import type { Counters } from "./state-records.ts";
import { validateCommand, validateSessionTag } from "./validate-command.ts";

/**
 * `stop`: the entry or the state was written by a newer version, or the state is damaged. Going on
 * would make this replica differ: the node must stop, and the pending state must not be written.
 */
export type ApplyOutcome =
  | { readonly kind: "applied"; readonly result: CommandResult }
  | { readonly kind: "stop"; readonly message: string };

/** Applies the data of one command entry to `state`. Never throws DecodeError. */
export function applyEnvelope(state: PendingState, bytes: Uint8Array): ApplyOutcome {
  const envelope = decodeCommitted(bytes);
  if (envelope.kind !== "envelope") return envelope;
  try {
    return { kind: "applied", result: applyDecoded(state, envelope.envelope) };
  } catch (error) {
    if (error instanceof DecodeError) {
      return { kind: "stop", message: `the state can't be read: ${error.message}` };
    }
    throw error;
  }
}

type Decoded = { readonly kind: "envelope"; readonly envelope: CommandEnvelope } | ApplyOutcome;

/** Bytes that no version understands are refused by all replicas alike and change nothing. */
function decodeCommitted(bytes: Uint8Array): Decoded {
  try {
    return { kind: "envelope", envelope: decodeEnvelope(bytes) };
  } catch (error) {
    if (error instanceof NewerFormatError) return { kind: "stop", message: error.message };
    if (error instanceof DecodeError) {
      const message = `the command can't be decoded: ${error.message}`;
      return { kind: "applied", result: { kind: "refused", reason: "invalid", message } };
    }
    throw error;
  }
}

function applyDecoded(state: PendingState, envelope: CommandEnvelope): CommandResult {
  const { command, session: tag } = envelope;
  const before = readCounters(state);
  const counters = sweepSessions(state, {
    ...before,
    leaderTimeMs: Math.max(before.leaderTimeMs, envelope.leaderTimeMs),
  });
  const problem =
    validateCommand(command) ?? (tag === undefined ? undefined : validateSessionTag(tag, command));
  if (problem !== undefined) {
    finish(state, before, counters);
    return { kind: "refused", reason: "invalid", message: problem };
  }
  if (tag === undefined) {
    const executed = execute(state, counters, command);
    finish(state, before, executed.counters);
    return executed.result;
  }
  const decision = admit(state, counters.leaderTimeMs, tag);
  switch (decision.kind) {
    case "answer":
      finish(state, before, counters);
      return decision.result;
    case "execute": {
      const executed = execute(state, counters, command);
      remember(state, tag, decision.session, executed.result);
      finish(state, before, executed.counters);
      return executed.result;
    }
    default:
      return assertNever(decision);
  }
}

function finish(state: PendingState, before: Counters, after: Counters): void {
  // A new node raises the revision, so it needs no comparison of its own.
  const changed =
    after.revision !== before.revision ||
    after.leaderTimeMs !== before.leaderTimeMs ||
    after.sessions !== before.sessions ||
    after.sweepAtMs !== before.sweepAtMs;
  if (changed) writeCounters(state, after);
}
