import { isUtf8 } from "node:buffer";
import { CaucusError } from "@caucus/base";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "@caucus/node";

/** A UTF-16 surrogate without its partner: it has no UTF-8, encoding would merge different keys. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** UTF-8 of a key; refuses an empty one, one over the limit, and text that has no UTF-8. */
export function keyBytes(key: unknown, field = "key"): Uint8Array {
  const bytes = textBytes(key, field, KEY_BYTES_MAX);
  if (bytes.length === 0) {
    throw invalid(`${field} is empty; allowed are 1 to ${KEY_BYTES_MAX} bytes of UTF-8`);
  }
  return bytes;
}

/** UTF-8 of the beginning of keys, which may be empty. */
export function prefixBytes(prefix: unknown, field: string): Uint8Array {
  return textBytes(prefix, field, KEY_BYTES_MAX);
}

/** UTF-8 of a value, which may be empty. */
export function valueBytes(value: unknown, field = "value"): Uint8Array {
  return textBytes(value, field, VALUE_BYTES_MAX);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes of a value as {@link textOrBase64} writes them. */
export function encodedValueBytes({ value, encoding }: TextOrBase64): Uint8Array {
  if (encoding === "utf-8") return valueBytes(value);
  if (!BASE64.test(value)) throw invalid("value is not base64; allowed is base64 with its padding");
  const bytes = Buffer.from(value, "base64");
  if (bytes.length <= VALUE_BYTES_MAX) return bytes;
  throw invalid(`value is ${bytes.length} bytes long; allowed are ${VALUE_BYTES_MAX}`);
}

function textBytes(text: unknown, field: string, bytesMax: number): Uint8Array {
  if (text === undefined) throw invalid(`${field} is missing; allowed is a string`);
  if (typeof text !== "string") throw invalid(`${field} is ${nameType(text)}; allowed is a string`);
  const length = Buffer.byteLength(text);
  if (length > bytesMax) {
    throw invalid(`${field} is ${length} bytes long; allowed are ${bytesMax}`);
  }
  if (LONE_SURROGATE.test(text)) {
    throw invalid(`${field} has half of a surrogate pair; allowed is Unicode text`);
  }
  return Buffer.from(text);
}

/** Bytes as JSON can hold them: text when they are UTF-8, else base64. */
export interface TextOrBase64 {
  readonly value: string;
  readonly encoding: "utf-8" | "base64";
}

export function textOrBase64(bytes: Uint8Array): TextOrBase64 {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer)
    ? { value: buffer.toString("utf8"), encoding: "utf-8" }
    : { value: buffer.toString("base64"), encoding: "base64" };
}

/** `host:port`; IPv6 hosts stand in brackets. */
const ADDRESS = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253}):(\d{1,5})$/;

export function checkAddress(address: unknown, field: string): string {
  const match = typeof address === "string" ? ADDRESS.exec(address) : null;
  const port = match === null ? Number.NaN : Number(match[2]);
  if (!(port >= 1 && port <= 65_535)) {
    throw invalid(`${field} is ${quote(address)}; allowed is host:port with a port of 1 to 65535`);
  }
  return address as string;
}

/** The number of `--id`. */
export function checkLabel(label: unknown, field: string): number {
  if (typeof label !== "number" || !Number.isSafeInteger(label) || label < 1) {
    throw invalid(`${field} is ${quote(label)}; allowed are integers from 1 to 2^53 - 1`);
  }
  return label;
}

export function invalid(message: string): CaucusError {
  return new CaucusError("invalid_argument", message);
}

const QUOTED_MAX = 60;

/** A short, printable picture of bad input. Never used for values of keys. */
export function quote(input: unknown): string {
  if (input === undefined) return "missing";
  const text = JSON.stringify(input);
  return text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}…` : text;
}

/** As a person says it: `a number`, `null`, `an array`. */
export function nameType(input: unknown): string {
  if (input === undefined) return "missing";
  if (input === null) return "null";
  if (Array.isArray(input)) return "an array";
  return typeof input === "object" ? "an object" : `a ${typeof input}`;
}
