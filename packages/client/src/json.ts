/** Readers of parsed JSON from a node. They throw CaucusError `internal` that names the field. */
import { CaucusError } from "@caucus/base";

/** A field of parsed JSON, undefined when there is none. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

export function textField(value: unknown, name: string): string {
  const field = fieldOf(value, name);
  return typeof field === "string" ? field : notUnderstood(name, "a string");
}

/** Undefined when it is null or missing. */
export function optionalTextField(value: unknown, name: string): string | undefined {
  const field = fieldOf(value, name);
  return field === null || field === undefined ? undefined : textField(value, name);
}

export function numberField(value: unknown, name: string): number {
  const field = fieldOf(value, name);
  return typeof field === "number" ? field : notUnderstood(name, "a number");
}

/** Undefined when it is null or missing. */
export function optionalNumberField(value: unknown, name: string): number | undefined {
  const field = fieldOf(value, name);
  return field === null || field === undefined ? undefined : numberField(value, name);
}

export function booleanField(value: unknown, name: string): boolean {
  const field = fieldOf(value, name);
  return typeof field === "boolean" ? field : notUnderstood(name, "true or false");
}

export function arrayField(value: unknown, name: string): readonly unknown[] {
  const field = fieldOf(value, name);
  return Array.isArray(field) ? field : notUnderstood(name, "an array");
}

/** The field as one of `allowed`. */
export function choiceField<Choice extends string>(
  value: unknown,
  name: string,
  allowed: readonly Choice[],
): Choice {
  const field = fieldOf(value, name);
  const found = allowed.find((choice) => choice === field);
  return found ?? notUnderstood(name, `one of ${allowed.join(", ")}`);
}

function notUnderstood(name: string, expected: string): never {
  throw new CaucusError(
    "internal",
    `the node's answer is not understood: ${name} should be ${expected}`,
  );
}
