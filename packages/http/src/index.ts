export type { HttpErrorCode } from "./error-to-status.ts";
export { ERROR_TO_STATUS, statusOf } from "./error-to-status.ts";
export type { DialectName, GrpcConnections, HttpServerOptions } from "./options.ts";
export { DIALECTS, HTTP_DEFAULTS } from "./options.ts";
export type { Problem } from "./problem.ts";
export type { RateLimit } from "./rate-limit.ts";
export type { HttpAddress, HttpServer } from "./server.ts";
export { createHttpServer } from "./server.ts";
