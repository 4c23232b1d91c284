import { assertNever, type ByteReader, type ByteWriter, DecodeError } from "@caucus/base";
import {
  type Condition,
  KEY_BYTES_MAX,
  OPERATIONS_MAX,
  type Operation,
  VALUE_BYTES_MAX,
} from "../core/command.ts";

/** Numbers on the wire: never given to another meaning. */
const PUT = 1;
const DELETE = 2;
const EXISTS = 1;
const NOT_EXISTS = 2;

type Comparison = Exclude<Condition["kind"], "exists" | "not-exists">;

const COMPARISONS: readonly (readonly [number, Comparison])[] = [
  [3, "equal"],
  [4, "not-equal"],
  [5, "greater"],
  [6, "less"],
  [7, "greater-equal"],
  [8, "less-equal"],
];
const COMPARISON_OF_NUMBER: ReadonlyMap<number, Comparison> = new Map(COMPARISONS);
const NUMBER_OF_COMPARISON: ReadonlyMap<Comparison, number> = new Map(
  COMPARISONS.map(([number, kind]) => [kind, number]),
);

export function writeOperations(writer: ByteWriter, operations: readonly Operation[]): void {
  writer.varint(operations.length);
  for (const operation of operations) {
    switch (operation.kind) {
      case "put":
        writer.u8(PUT);
        writer.bytes(operation.key);
        writer.bytes(operation.value);
        break;
      case "delete":
        writer.u8(DELETE);
        writer.bytes(operation.key);
        break;
      default:
        assertNever(operation);
    }
  }
}

export function readOperations(reader: ByteReader): readonly Operation[] {
  return readList(reader, "operations", readOperation);
}

function readOperation(reader: ByteReader): Operation {
  const number = reader.u8();
  const key = reader.bytes(KEY_BYTES_MAX);
  if (number === PUT) return { kind: "put", key, value: reader.bytes(VALUE_BYTES_MAX) };
  if (number === DELETE) return { kind: "delete", key };
  throw new DecodeError(`operation kind is ${number}, allowed are ${PUT} and ${DELETE}`);
}

export function writeConditions(writer: ByteWriter, conditions: readonly Condition[]): void {
  writer.varint(conditions.length);
  for (const condition of conditions) {
    switch (condition.kind) {
      case "exists":
        writer.u8(EXISTS);
        writer.bytes(condition.key);
        break;
      case "not-exists":
        writer.u8(NOT_EXISTS);
        writer.bytes(condition.key);
        break;
      default:
        writer.u8(NUMBER_OF_COMPARISON.get(condition.kind) as number);
        writer.bytes(condition.key);
        writer.bytes(condition.value);
    }
  }
}

export function readConditions(reader: ByteReader): readonly Condition[] {
  return readList(reader, "conditions", readCondition);
}

function readCondition(reader: ByteReader): Condition {
  const number = reader.u8();
  const key = reader.bytes(KEY_BYTES_MAX);
  if (number === EXISTS) return { kind: "exists", key };
  if (number === NOT_EXISTS) return { kind: "not-exists", key };
  const kind = COMPARISON_OF_NUMBER.get(number);
  if (kind === undefined) throw new DecodeError(`condition kind is ${number}, allowed are 1 to 8`);
  return { kind, key, value: reader.bytes(VALUE_BYTES_MAX) };
}

/** An item is a kind byte and a length byte at least, so a false count can't reserve memory. */
function readList<T>(reader: ByteReader, name: string, item: (reader: ByteReader) => T): T[] {
  const count = reader.count(2);
  if (count > OPERATIONS_MAX) {
    throw new DecodeError(`${count} ${name}, allowed are ${OPERATIONS_MAX}`);
  }
  const items: T[] = [];
  for (let i = 0; i < count; i++) items.push(item(reader));
  return items;
}
