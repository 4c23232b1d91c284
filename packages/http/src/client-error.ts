import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { HttpErrorCode } from "./error-to-status.ts";
import { PROBLEM_TYPE, problemOf } from "./problem.ts";

/** Answers what is not a request: garbage, a head that is too large, a request that never ended. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const [code, detail] = describe(error.code);
  const problem = problemOf(code, detail);
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      `Content-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
  // A peer that neither reads nor closes must not keep the connection.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

const LINGER_MS = 1_000;

const NOT_HTTP =
  "this is not an HTTP/1.1 request; blanks and what is not ASCII must be percent-encoded in a URL";

function describe(code: string | undefined): readonly [HttpErrorCode, string] {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return ["headers_too_large", "the request line and headers are larger than 32768 bytes"];
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return ["request_timeout", "the request was not complete in time"];
    default:
      return ["invalid_argument", NOT_HTTP];
  }
}
