import type { OperationInput, OperationOutput } from "./client-history.ts";

/** Sequential specification of one key. Equal states have equal texts, see {@link stateText}. */
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

/**
 * The state after the operation, or undefined when no such state can have given this output.
 * An operation without an output (never answered) is possible in every state. `facts` are those
 * of the value that it writes: whoever saw it later also says where it belongs.
 */
export function applyToKey(
  state: KeyState,
  input: OperationInput,
  output: OperationOutput | undefined,
  facts: ValueFacts | undefined,
): KeyState | undefined {
  if (output !== undefined && !explains(state, input, output)) return undefined;
  const revision = output?.revision ?? facts?.modRevision ?? state.revision;
  if (!writes(state, input)) return { ...state, revision: Math.max(state.revision, revision) };
  if (revision < state.revision) return undefined;
  if (input.kind === "delete") return { value: undefined, version: 0, revision };
  const version = state.version + 1;
  if (facts !== undefined && facts.version !== version) return undefined;
  return { value: input.value, version, revision };
}

function writes(
  state: KeyState,
  input: OperationInput,
): input is Exclude<OperationInput, { kind: "get" }> {
  switch (input.kind) {
    case "get":
      return false;
    case "delete":
      return state.version > 0;
    case "compare-and-set":
      return state.version === input.expectedVersion;
    default:
      return true;
  }
}

function explains(state: KeyState, input: OperationInput, output: OperationOutput): boolean {
  switch (output.kind) {
    case "get":
      return same(state, output.record) && output.revision >= state.revision;
    case "put":
      return output.revision > state.revision;
    case "delete":
      if (output.count !== (state.version > 0 ? 1 : 0)) return false;
      return output.count === 0 || output.revision > state.revision;
    case "get-and-set":
      return same(state, output.previous) && output.revision > state.revision;
    case "compare-and-set":
      return explainsCompareAndSet(state, input, output);
  }
}

function explainsCompareAndSet(
  state: KeyState,
  input: OperationInput,
  output: Extract<OperationOutput, { kind: "compare-and-set" }>,
): boolean {
  if (input.kind !== "compare-and-set") return false;
  const expected = state.version === input.expectedVersion;
  if (output.succeeded !== expected) return false;
  if (!expected) return same(state, output.current);
  return (
    output.revision > state.revision &&
    output.current.value === input.value &&
    output.current.version === state.version + 1
  );
}

function same(
  state: KeyState,
  record: { readonly value: string | undefined; readonly version: number },
): boolean {
  return state.version === record.version && state.value === record.value;
}
