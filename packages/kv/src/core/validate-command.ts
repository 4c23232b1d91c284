import { assertNever } from "@caucus/base";
import {
  ADDRESS_BYTES_MAX,
  COMMAND_BYTES_MAX,
  type Command,
  type Condition,
  KEY_BYTES_MAX,
  OPERATIONS_MAX,
  type Operation,
  type SessionTag,
  type SetMembershipPolicy,
  VALUE_BYTES_MAX,
} from "./command.ts";

/**
 * Why the command is not allowed, as a sentence that names field, size and what is allowed;
 * undefined when it is fine. The same check at the edge and when applied.
 */
export function validateCommand(command: Command): string | undefined {
  switch (command.kind) {
    case "put":
    case "get-and-set":
      return keyProblem("key", command.key) ?? valueProblem("value", command.value);
    case "delete":
      return keyProblem("key", command.key);
    case "delete-range":
      return boundProblem("from", command.from) ?? boundProblem("to", command.to);
    case "batch":
      return operationsProblem([["operations", command.operations]], []);
    case "transaction":
      return operationsProblem(
        [
          ["then", command.then],
          ["otherwise", command.otherwise],
        ],
        command.conditions,
      );
    case "compare-and-set":
      return (
        keyProblem("key", command.key) ??
        numberProblem("expectedVersion", command.expectedVersion, 0) ??
        valueProblem("value", command.value)
      );
    case "set-node":
      return numberProblem("label", command.label, 1) ?? addressProblem(command.address);
    case "open-session":
      return undefined;
    case "set-membership-policy":
      return policyProblem(command);
    default:
      return assertNever(command);
  }
}

/** As {@link validateCommand}, for the session tag of a command. */
export function validateSessionTag(tag: SessionTag, command: Command): string | undefined {
  if (command.kind === "open-session") {
    return "session is given with open-session, allowed is none";
  }
  const problem =
    numberProblem("session", tag.session, 1) ??
    numberProblem("sequence", tag.sequence, 1) ??
    numberProblem("lowestUnanswered", tag.lowestUnanswered, 1);
  if (problem !== undefined) return problem;
  if (tag.lowestUnanswered <= tag.sequence) return undefined;
  return `lowestUnanswered is ${tag.lowestUnanswered}, allowed are 1 to the sequence ${tag.sequence}`;
}

function keyProblem(field: string, key: Uint8Array): string | undefined {
  if (key.length > 0 && key.length <= KEY_BYTES_MAX) return undefined;
  return `${field} has ${key.length} bytes, allowed are 1 to ${KEY_BYTES_MAX}`;
}

function boundProblem(field: string, bound: Uint8Array | undefined): string | undefined {
  if (bound === undefined || bound.length <= KEY_BYTES_MAX) return undefined;
  return `${field} has ${bound.length} bytes, allowed are 0 to ${KEY_BYTES_MAX}`;
}

function valueProblem(field: string, value: Uint8Array): string | undefined {
  if (value.length <= VALUE_BYTES_MAX) return undefined;
  return `${field} has ${value.length} bytes, allowed are 0 to ${VALUE_BYTES_MAX}`;
}

function numberProblem(field: string, value: number, min: number): string | undefined {
  if (Number.isSafeInteger(value) && value >= min) return undefined;
  return `${field} is ${value}, allowed are whole numbers from ${min} to ${Number.MAX_SAFE_INTEGER}`;
}

function addressProblem(address: string): string | undefined {
  const bytes = utf8Bytes(address);
  if (bytes > 0 && bytes <= ADDRESS_BYTES_MAX) return undefined;
  return `address has ${bytes} bytes, allowed are 1 to ${ADDRESS_BYTES_MAX}`;
}

function policyProblem({ pause, readmit }: SetMembershipPolicy): string | undefined {
  for (const [field, labels] of [
    ["pause", pause],
    ["readmit", readmit],
  ] as const) {
    if (labels.length > OPERATIONS_MAX) {
      return `${field} has ${labels.length} labels, allowed are ${OPERATIONS_MAX}`;
    }
    for (const [place, label] of labels.entries()) {
      const problem = numberProblem(`${field}[${place}]`, label, 1);
      if (problem !== undefined) return problem;
    }
  }
  const both = pause.find((label) => readmit.includes(label));
  return both === undefined ? undefined : `label ${both} is both paused and readmitted`;
}

function operationsProblem(
  branches: readonly (readonly [string, readonly Operation[]])[],
  conditions: readonly Condition[],
): string | undefined {
  const count = branches.reduce((sum, [, branch]) => sum + branch.length, conditions.length);
  if (count > OPERATIONS_MAX) {
    return `the command has ${count} operations and conditions, allowed are ${OPERATIONS_MAX}`;
  }
  let bytes = 0;
  const lists = [["conditions", conditions] as const, ...branches];
  for (const [list, items] of lists) {
    for (const [place, item] of items.entries()) {
      const value = "value" in item ? item.value : undefined;
      const problem =
        keyProblem(`${list}[${place}].key`, item.key) ??
        (value === undefined ? undefined : valueProblem(`${list}[${place}].value`, value));
      if (problem !== undefined) return problem;
      bytes += item.key.length + (value === undefined ? 0 : value.length);
    }
  }
  if (bytes <= COMMAND_BYTES_MAX) return undefined;
  return `keys and values have ${bytes} bytes together, allowed are ${COMMAND_BYTES_MAX}`;
}

/** What TextEncoder would make of it; a lone surrogate becomes U+FFFD, three bytes. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
