/**
 * Sequential specification of one key, cut into what an operation needs to find and what it
 * leaves behind: the search of linearizability.ts fills the gap between two operations with
 * writes that were never answered.
 */
import type { OperationInput, OperationOutput, SeenRecord } from "./client-history.ts";

export interface KeyState {
  readonly value: string | undefined;
  /** Writes since creation; 0 for a missing key. */
  readonly version: number;
  /**
   * The highest revision that an answer so far is known to contain: every read contains all
   * writes at or below its revision, so a later write has a higher one.
   */
  readonly revision: number;
}

export const INITIAL_KEY_STATE: KeyState = { value: undefined, version: 0, revision: 0 };

export function stateText(state: KeyState): string {
  return `${state.version}/${state.revision}/${state.value ?? ""}`;
}

/** What reads of any client told of a value: each value is written once. */
export interface ValueFacts {
  readonly version: number;
  readonly modRevision: number;
}

/** The state that an operation must have found, judged by its answer and by later reads. */
export type Need =
  | { readonly kind: "anything" }
  | { readonly kind: "present" }
  /** Some value of this version; 0 for a missing key. */
  | { readonly kind: "version"; readonly version: number }
  | { readonly kind: "exactly"; readonly value: string; readonly version: number }
  /** No state explains the answer. */
  | { readonly kind: "impossible" };

const MISSING: Need = { kind: "version", version: 0 };
const IMPOSSIBLE: Need = { kind: "impossible" };

/** `facts` are those of the value that it writes, if anybody saw it. */
export function needOf(
  input: OperationInput,
  output: OperationOutput | undefined,
  facts: ValueFacts | undefined,
): Need {
  switch (output?.kind) {
    case "get":
      return recordNeed(output.record);
    case "get-and-set":
      return facts === undefined || facts.version === output.previous.version + 1
        ? recordNeed(output.previous)
        : IMPOSSIBLE;
    case "delete":
      return output.count > 0 ? { kind: "present" } : MISSING;
    case "compare-and-set":
      return compareAndSetNeed(input, output);
    default:
      return unseenNeed(input, facts);
  }
}

function recordNeed({ value, version }: SeenRecord): Need {
  return value === undefined ? MISSING : { kind: "exactly", value, version };
}

function compareAndSetNeed(
  input: OperationInput,
  output: Extract<OperationOutput, { kind: "compare-and-set" }>,
): Need {
  if (input.kind !== "compare-and-set") return IMPOSSIBLE;
  const { current, succeeded } = output;
  const { expectedVersion, value } = input;
  if (!succeeded) return current.version === expectedVersion ? IMPOSSIBLE : recordNeed(current);
  const isOwn = current.value === value && current.version === expectedVersion + 1;
  return isOwn ? { kind: "version", version: expectedVersion } : IMPOSSIBLE;
}

/** Of an acknowledged put, or of a write that was never answered. */
function unseenNeed(input: OperationInput, facts: ValueFacts | undefined): Need {
  if (input.kind === "compare-and-set") return { kind: "version", version: input.expectedVersion };
  return facts === undefined
    ? { kind: "anything" }
    : { kind: "version", version: facts.version - 1 };
}

export function meets(state: KeyState, need: Need): boolean {
  switch (need.kind) {
    case "anything":
      return true;
    case "present":
      return state.version > 0;
    case "version":
      return state.version === need.version;
    case "exactly":
      return state.version === need.version && state.value === need.value;
    case "impossible":
      return false;
  }
}

/** The state behind an operation whose need `state` meets; undefined if its revision is too low. */
export function effectOf(
  state: KeyState,
  input: OperationInput,
  output: OperationOutput | undefined,
  facts: ValueFacts | undefined,
): KeyState | undefined {
  const revision = output?.revision ?? facts?.modRevision ?? state.revision;
  const writes = isWrite(input, output);
  if (revision < state.revision || (writes && output && revision === state.revision)) {
    return undefined;
  }
  if (!writes) return { ...state, revision };
  if (input.kind === "delete") return { value: undefined, version: 0, revision };
  const value = "value" in input ? input.value : undefined;
  return { value, version: state.version + 1, revision };
}

/** Whether it changed the key; one that was never answered did, if it took effect. */
function isWrite(input: OperationInput, output: OperationOutput | undefined): boolean {
  if (output?.kind === "delete") return output.count > 0;
  if (output?.kind === "compare-and-set") return output.succeeded;
  return input.kind !== "get";
}
