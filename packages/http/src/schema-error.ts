import type { FastifySchemaValidationError } from "fastify";
import { nameType } from "./key-value-input.ts";

interface DetailedError extends FastifySchemaValidationError {
  /** The value that was checked; there because Ajv runs with `verbose`. */
  readonly data?: unknown;
  readonly parentSchema?: { readonly properties?: Readonly<Record<string, unknown>> };
}

/** Says which field is wrong, how, and what is allowed; never repeats long input. */
export function formatSchemaErrors(
  errors: readonly FastifySchemaValidationError[],
  where: string,
): Error {
  const first = errors[0] as DetailedError | undefined;
  if (first === undefined) return new Error(`the ${nameOf(where)} is invalid`);
  return new Error(describe(first, where));
}

function describe(error: DetailedError, where: string): string {
  const field = error.instancePath.slice(1).replaceAll("/", ".");
  const subject = field === "" ? `the ${nameOf(where)}` : field;
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case "additionalProperties": {
      const known = Object.keys(error.parentSchema?.properties ?? {}).join(", ");
      const unknown = String(params["additionalProperty"]).slice(0, 60);
      const kind = where === "querystring" ? "query parameter" : "field";
      return `unknown ${kind} "${unknown}"; allowed are ${known === "" ? "none" : known}`;
    }
    case "required":
      return `${field === "" ? "" : `${field}.`}${String(params["missingProperty"])} is missing`;
    case "type":
      // Fastify checks an absent body as null.
      if (subject === "the body" && error.data === null) return "the body is missing";
      return `${subject} is ${nameType(error.data)}; allowed is ${typeNames(params["type"])}`;
    case "enum":
      return `${subject} is not one of ${(params["allowedValues"] as unknown[]).join(", ")}`;
    default:
      return `${subject} ${error.message ?? "is invalid"}`;
  }
}

function typeNames(type: unknown): string {
  return Array.isArray(type) ? type.join(" or ") : String(type);
}

function nameOf(where: string): string {
  return where === "querystring" ? "query" : where;
}
