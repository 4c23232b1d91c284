import { formatAddress, parseAddress } from "@caucus/base";
import {
  allowedText,
  isList,
  type ListOption,
  type OptionSpec,
  type OptionValue,
} from "./option-schema.ts";

export type ParsedValue =
  | { readonly kind: "value"; readonly value: OptionValue }
  | { readonly kind: "error"; readonly message: string };

/**
 * Reads the texts that were given for one option. `name` is how the user wrote it, for messages.
 * Only lists take more than one text.
 */
export function parseValue(name: string, spec: OptionSpec, texts: readonly string[]): ParsedValue {
  if (isList(spec)) return parseList(name, spec, texts);
  const [text, ...more] = texts;
  if (text === undefined) return { kind: "error", message: `${name} needs a value` };
  if (more.length > 0) {
    return { kind: "error", message: `${name} is given ${texts.length} times; once is allowed` };
  }
  const value = parseOne(spec, text);
  return value === undefined ? badValue(name, spec, text) : { kind: "value", value };
}

function parseOne(spec: OptionSpec, text: string): OptionValue {
  switch (spec.type) {
    case "flag":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "integer": {
      if (!/^-?\d+$/.test(text)) return undefined;
      const value = Number(text);
      return Number.isSafeInteger(value) && value >= spec.min && value <= spec.max
        ? value
        : undefined;
    }
    case "number": {
      const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
      return value >= spec.min && value <= spec.max ? value : undefined;
    }
    case "choice":
    case "choice-list":
      return spec.choices.includes(text) ? text : undefined;
    case "text":
      return text.trim() === "" || Buffer.byteLength(text) > (spec.bytesMax ?? Infinity)
        ? undefined
        : text;
    case "path":
      return text.trim() === "" || text === "~" || text.startsWith("~/") ? undefined : text;
    case "address":
    case "address-list": {
      const address = parseAddress(text);
      return address === undefined ? undefined : formatAddress(address);
    }
    case "endpoint-list":
      return parseEndpoint(text);
    case "origin-list":
      return text === "*" || isOrigin(text) ? text : undefined;
  }
}

function parseList(name: string, spec: ListOption, texts: readonly string[]): ParsedValue {
  const values: string[] = [];
  if (spec.type === "choice-list" && texts.length === 1 && texts[0]?.trim() === "none") {
    return { kind: "value", value: [] };
  }
  for (const text of texts.flatMap((part) => part.split(",")).map((part) => part.trim())) {
    const value = parseOne(spec, text);
    if (typeof value !== "string") return badValue(name, spec, text);
    if (!values.includes(value)) values.push(value);
  }
  return { kind: "value", value: values };
}

/** Exactly as browsers write it, since it is compared as text. */
function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** Without a scheme it is `http`; the result has no path and no slash at its end. */
function parseEndpoint(text: string): string | undefined {
  const full = text.includes("://") ? text : `http://${text}`;
  if (!URL.canParse(full)) return undefined;
  const url = new URL(full);
  const plain = url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  if (!plain || (url.protocol !== "http:" && url.protocol !== "https:")) return undefined;
  return url.origin;
}

/** What is longer is cut in messages. */
const VALUE_SHOWN_MAX = 200;

function badValue(name: string, spec: OptionSpec, text: string): ParsedValue {
  const shown = JSON.stringify(text.slice(0, VALUE_SHOWN_MAX));
  const rest = text.length > VALUE_SHOWN_MAX ? "…" : "";
  return {
    kind: "error",
    message: `${name} ${shown}${rest} is not allowed; allowed: ${allowedText(spec)}`,
  };
}
