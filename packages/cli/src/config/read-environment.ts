import { nearestName } from "../command/nearest-name.ts";
import { type AnySchema, namesOf } from "../command/option-schema.ts";
import type { Given, LayerResult, Refused } from "./given.ts";
import { levelOfRustLog } from "./rust-log.ts";

export interface Environment {
  /** Not empty: no colours (https://no-color.org). */
  readonly NO_COLOR?: string | undefined;
  readonly [name: string]: string | undefined;
}

const PREFIX = "CAUCUS_";

/** Short names beside those that follow from the schema. */
const SHORT_NAMES: Readonly<Record<string, string>> = { CAUCUS_LOG: "logLevel" };

/** Known, and refused because two things could be meant. */
const REFUSED: Readonly<Record<string, string>> = {
  CAUCUS_NODE_ID:
    "it could be the label of a configuration file or the gossip name of the flag; use CAUCUS_ID for the label, CAUCUS_NODE_NAME for the name",
};

/**
 * What Kubernetes and Docker put into every container for a service that is named caucus:
 * CAUCUS_SERVICE_HOST, CAUCUS_PORT_7001_TCP_ADDR and so on. Not ours, so not unknown either.
 */
const SERVICE_LINK =
  /^CAUCUS_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT|PORT_\d+_(?:TCP|UDP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/** Reads `CAUCUS_DATA_DIR` for `--data-dir`, aliases too. An empty variable counts as not set. */
export function readEnvironment(schema: AnySchema, environment: Environment): LayerResult {
  const layer = new Map<string, Given>();
  for (const [name, field] of variablesOf(schema)) {
    const text = environment[name] ?? "";
    if (text === "") continue;
    const before = layer.get(field);
    if (before !== undefined && before.source.kind === "environment") {
      const message = `${before.source.name} and ${name} say the same; allowed: one of them`;
      return { kind: "error", message };
    }
    layer.set(field, { source: { kind: "environment", name }, texts: [text] });
  }
  addRustLog(schema, environment, layer);
  return { kind: "layer", layer };
}

/** Every variable of any command is known to all; `undefined` when there are no others. */
export function refuseUnknownVariables(
  schemas: readonly AnySchema[],
  environment: Environment,
): Refused | undefined {
  const known = new Set(schemas.flatMap((schema) => [...variablesOf(schema).keys()]));
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || known.has(name) || (text ?? "") === "") continue;
    const reason = REFUSED[name];
    if (reason !== undefined) return { kind: "error", message: `${name} is refused: ${reason}` };
    if (SERVICE_LINK.test(name)) continue;
    const nearest = nearestName(name.slice(PREFIX.length), [...known].map(withoutPrefix));
    const hint = nearest === undefined ? "see caucus help" : `did you mean ${PREFIX}${nearest}?`;
    return { kind: "error", message: `unknown environment variable ${name}; ${hint}` };
  }
  return undefined;
}

/** For a child that is told everything by flags: without the variables that would say more. */
export function withoutOwnVariables(environment: Environment): Environment {
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith(PREFIX));
  return Object.fromEntries(kept);
}

/** The variables of a schema, to their fields. */
function variablesOf(schema: AnySchema): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const [name, field] of namesOf(schema)) {
    const variable = variableName(name);
    if (schema[field]?.sayable !== "flag" && REFUSED[variable] === undefined) {
      variables.set(variable, field);
    }
  }
  for (const [name, field] of Object.entries(SHORT_NAMES)) {
    if (schema[field] !== undefined) variables.set(name, field);
  }
  return variables;
}

/** `data-dir` → `CAUCUS_DATA_DIR`. */
function variableName(option: string): string {
  return PREFIX + option.replaceAll("-", "_").toUpperCase();
}

function withoutPrefix(name: string): string {
  return name.slice(PREFIX.length);
}

/** Other programs own RUST_LOG: what is not understood in it is meant for them. */
function addRustLog(schema: AnySchema, environment: Environment, layer: Map<string, Given>): void {
  if (schema["logLevel"] === undefined || layer.has("logLevel")) return;
  const level = levelOfRustLog(environment["RUST_LOG"] ?? "");
  if (level === undefined) return;
  layer.set("logLevel", { source: { kind: "environment", name: "RUST_LOG" }, texts: [level] });
}
