import { CaucusError } from "@caucus/base";

export interface ClientOptions {
  /** `http://host:port` of one or more nodes; tried in turn, the one that worked last first. */
  readonly endpoints: readonly string[];
  /** For a whole call with all its attempts. Default 5,000; 1 to 60,000. */
  readonly timeoutMs?: number;
  /** The first pause after every endpoint has failed; doubles up to ten times that. Default 50. */
  readonly retryPauseMs?: number;
}

export type ClientConfig = Required<ClientOptions>;

const CLIENT_DEFAULTS = { timeoutMs: 5_000, retryPauseMs: 50 } as const;

/** Throws CaucusError `invalid_argument` that names the field and what is allowed. */
export function resolveClientConfig(options: ClientOptions): ClientConfig {
  const config = { ...CLIENT_DEFAULTS, ...options };
  if (config.endpoints.length === 0) {
    throw new CaucusError("invalid_argument", "endpoints is empty; allowed are one or more");
  }
  for (const endpoint of config.endpoints) {
    if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
      throw new CaucusError(
        "invalid_argument",
        `endpoints has ${JSON.stringify(endpoint)}; allowed is http://host:port`,
      );
    }
  }
  checkTimeout(config.timeoutMs);
  if (!(config.retryPauseMs >= 1 && config.retryPauseMs <= 10_000)) {
    throw new CaucusError(
      "invalid_argument",
      `retryPauseMs is ${config.retryPauseMs}; allowed are 1 to 10,000`,
    );
  }
  return { ...config, endpoints: config.endpoints.map((endpoint) => endpoint.replace(/\/+$/, "")) };
}

/** Throws CaucusError `invalid_argument` unless it is 1 to 60,000. */
export function checkTimeout(timeoutMs: number): number {
  if (!(Number.isSafeInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs <= 60_000)) {
    throw new CaucusError(
      "invalid_argument",
      `timeoutMs is ${timeoutMs}; allowed are whole numbers from 1 to 60,000`,
    );
  }
  return timeoutMs;
}
