import { isUtf8 } from "node:buffer";
import { CaucusError } from "@caucus/base";
import type { FastifyInstance } from "fastify";

/** Strict UTF-8, then JSON. An empty body is `undefined`. */
function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) {
    throw new CaucusError("invalid_argument", "the body is not UTF-8");
  }
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new CaucusError("invalid_argument", `the body is not JSON: ${describeSyntax(cause)}`, {
      cause,
    });
  }
}

/** V8 quotes the text around the fault; a value does not belong in an error or a log. */
function describeSyntax(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const position = /position (\d+)/.exec(message);
  if (position !== null) return `unexpected character at position ${position[1]}`;
  return /end of JSON/i.test(message) ? "it ends too early" : "unexpected character";
}

/** Bodies of the canonical API: `application/json` only. */
export function acceptJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    parseInto(body as Buffer, done);
  });
}

/** Bodies of a dialect: JSON whatever the content type says, as `curl -d` sends a form's. */
export function acceptAnyBodyAsJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
    parseInto(body as Buffer, done);
  });
}

function parseInto(bytes: Buffer, done: (error: Error | null, body?: unknown) => void): void {
  let body: unknown;
  try {
    body = parseJsonBody(bytes);
  } catch (error) {
    done(error as Error);
    return;
  }
  done(null, body);
}
