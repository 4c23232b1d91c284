import type { OperationInput, OperationOutput } from "./client-history.ts";

/** Sequential specification of one key. Equal states have equal texts, see {@link stateText}. */
export interface KeyState {
  readonly value: string | undefined;
  /** Writes since creation; 0 for a missing key. */
  readonly version: number;
  /** No later acknowledged write of this key may have a revision at or below it. */
  readonly revision: number;
}

export const INITIAL_KEY_STATE: KeyState = { value: undefined, version: 0, revision: 0 };

export function stateText(state: KeyState): string {
  return `${state.version}/${state.revision}/${state.value ?? ""}`;
}

/**
 * The state after the operation, or undefined when no such state can have given this output.
 * An operation without an output (never answered) is possible in every state.
 */
export function applyToKey(
  state: KeyState,
  input: OperationInput,
  output: OperationOutput | undefined,
): KeyState | undefined {
  if (output !== undefined && !explains(state, input, output)) return undefined;
  const revision = output === undefined ? state.revision : output.revision;
  switch (input.kind) {
    case "get":
      return state;
    case "put":
    case "get-and-set":
      return { value: input.value, version: state.version + 1, revision };
    case "delete":
      if (state.version === 0) return state;
      return { value: undefined, version: 0, revision };
    case "compare-and-set":
      if (state.version !== input.expectedVersion) return state;
      return { value: input.value, version: state.version + 1, revision };
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
