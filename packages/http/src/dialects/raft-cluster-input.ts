import type { Command, Condition, Operation } from "@caucus/node";
import { invalid, keyBytes, valueBytes } from "../key-value-input.ts";

/** One of seed 3's operations, as its schema has checked it. */
export interface OperationBody {
  readonly op: "set" | "delete";
  readonly key: string;
  readonly value?: string | null;
}

export interface ConditionBody {
  readonly key: string;
  readonly op: keyof typeof CONDITIONS;
  readonly value?: string | null;
}

export interface TransactionBody {
  readonly conditions: readonly ConditionBody[];
  readonly if_then: readonly OperationBody[];
  readonly else_then?: readonly OperationBody[];
  readonly return_previous?: boolean;
}

const CONDITIONS = {
  exists: "exists",
  not_exists: "not-exists",
  equal: "equal",
  not_equal: "not-equal",
  greater: "greater",
  less: "less",
  greater_equal: "greater-equal",
  less_equal: "less-equal",
} as const;

/** How many operations a command may have, and how large it may be, the service decides. */
export function toOperations(bodies: readonly OperationBody[], list: string): Operation[] {
  return bodies.map(({ op, key, value }, place) => {
    const field = `${list}.${place}`;
    const bytes = keyBytes(key, `${field}.key`);
    if (op === "delete") return { kind: "delete", key: bytes };
    if (typeof value !== "string") {
      throw invalid(`Missing 'value' for set operation on ${field}; allowed is a string`);
    }
    return { kind: "put", key: bytes, value: valueBytes(value, `${field}.value`) };
  });
}

export function toTransaction(body: TransactionBody): Command {
  return {
    kind: "transaction",
    conditions: body.conditions.map(toCondition),
    // biome-ignore lint/suspicious/noThenProperty: the name of the branch, as in the command
    then: toOperations(body.if_then, "if_then"),
    otherwise: toOperations(body.else_then ?? [], "else_then"),
    returnPrevious: body.return_previous ?? false,
  };
}

function toCondition({ key, op, value }: ConditionBody, place: number): Condition {
  const field = `conditions.${place}`;
  const bytes = keyBytes(key, `${field}.key`);
  const kind = CONDITIONS[op];
  if (kind === "exists" || kind === "not-exists") return { kind, key: bytes };
  if (typeof value !== "string") {
    throw invalid(`Condition '${op}' requires a value in ${field}; allowed is a string`);
  }
  return { kind, key: bytes, value: valueBytes(value, `${field}.value`) };
}
