/** One HTTP request to one node, and what its failure proves. */
import { CaucusError } from "@caucus/base";
import { fieldOf } from "./json.ts";
import { errorOfProblem } from "./problem.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Begins with a slash; without the query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** The node shall give up first, so that its answer can tell what became of the request. */
  readonly tellTimeout?: boolean;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Statuses beside 2xx whose body is an answer. */
  readonly answers?: readonly number[];
}

export type AttemptOutcome =
  | { readonly kind: "answer"; readonly body: unknown }
  /** The node said no. For a write `error.outcome` tells whether it can have taken effect. */
  | { readonly kind: "refused"; readonly error: CaucusError }
  /** No connection was made: the node never saw the request. */
  | { readonly kind: "unreachable"; readonly error: CaucusError }
  /** Sent, but no whole answer came: it may have taken effect. */
  | { readonly kind: "lost"; readonly error: CaucusError };

/** Codes of failures before a single byte of the request could leave. */
const NOT_CONNECTED: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** `fetch` refuses a few ports that belong to other protocols, like 6000 and 10080. */
const BAD_PORT = "bad port";

/** Never rejects. */
export async function attempt(
  endpoint: string,
  request: ApiRequest,
  timeoutMs: number,
): Promise<AttemptOutcome> {
  const hasBody = request.body !== undefined;
  try {
    const response = await fetch(urlOf(endpoint, request, timeoutMs), {
      method: request.method,
      headers: { accept: "application/json", ...(hasBody ? JSON_BODY : {}) },
      signal: AbortSignal.timeout(timeoutMs),
      ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
    });
    const text = await response.text();
    const body = parseJson(text);
    if (response.ok || request.answers?.includes(response.status) === true) {
      if (body !== undefined) return { kind: "answer", body };
      return { kind: "lost", error: notUnderstood(endpoint) };
    }
    const error = errorOfProblem(response.status, body, response.headers.get("retry-after"));
    return { kind: "refused", error };
  } catch (thrown) {
    return failureOf(endpoint, thrown, timeoutMs);
  }
}

/** Time that an answer needs on its way back. */
const ANSWER_MS = 100;

function urlOf(endpoint: string, request: ApiRequest, timeoutMs: number): string {
  const query = new URLSearchParams(request.query);
  if (request.tellTimeout === true) {
    const nodeTimeoutMs = Math.max(1, Math.floor(Math.max(timeoutMs - ANSWER_MS, timeoutMs / 2)));
    query.set("timeout_ms", String(nodeTimeoutMs));
  }
  const text = query.toString();
  return text === "" ? `${endpoint}${request.path}` : `${endpoint}${request.path}?${text}`;
}

const JSON_BODY = { "content-type": "application/json" } as const;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notUnderstood(endpoint: string): CaucusError {
  return new CaucusError("internal", `${endpoint} gave an answer that is not JSON`);
}

function failureOf(endpoint: string, thrown: unknown, timeoutMs: number): AttemptOutcome {
  if (fieldOf(thrown, "name") === "TimeoutError") {
    const message = `${endpoint} did not answer within ${Math.round(timeoutMs)} ms`;
    return { kind: "lost", error: new CaucusError("timeout", message, { cause: thrown }) };
  }
  const cause = fieldOf(thrown, "cause");
  const code = fieldOf(cause, "code");
  const reason = String(code ?? fieldOf(cause, "message") ?? fieldOf(thrown, "message"));
  if (NOT_CONNECTED.has(code) || reason === BAD_PORT) {
    const message = `${endpoint} can't be reached (${reason})`;
    const options = { cause: thrown, outcome: "not_applied" } as const;
    return { kind: "unreachable", error: new CaucusError("unavailable", message, options) };
  }
  const message = `the connection to ${endpoint} broke (${reason})`;
  return { kind: "lost", error: new CaucusError("unavailable", message, { cause: thrown }) };
}
