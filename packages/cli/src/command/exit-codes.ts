import { CaucusError } from "@caucus/base";

/** How a `caucus` process ends; `caucus help` prints this table. */
export const EXIT_CODES = {
  ok: { code: 0, doc: "done, or stopped by a signal in good order" },
  failure: { code: 1, doc: "failed while running" },
  usage: {
    code: 2,
    doc: "unknown command, option or key, a value that is not allowed, an unreadable configuration file",
  },
  addressInUse: { code: 3, doc: "an address is in use or can't be listened on" },
  storage: { code: 4, doc: "the data directory was refused: locked, damaged, behind its fence, …" },
  unsupported: { code: 5, doc: "not available on this platform or in this version" },
  unavailable: { code: 6, doc: "no node answered, or could serve, in time" },
  refused: {
    code: 7,
    doc: "the cluster refuses: label in use, removed, another change goes on, …",
  },
  notFound: { code: 8, doc: "the key does not exist" },
  unknownOutcome: { code: 9, doc: "a write or a change failed, and may have taken effect" },
  interrupted: { code: 130, doc: "a second signal ended it at once" },
} as const;

export type ExitName = keyof typeof EXIT_CODES;

/** Ends a command with one line on standard error and a documented code. */
export class ExitError extends Error {
  override readonly name = "ExitError";
  readonly exit: ExitName;

  constructor(exit: ExitName, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exit = exit;
  }
}

/** The exit that fits whatever was thrown. */
export function exitNameOf(thrown: unknown): ExitName {
  if (thrown instanceof ExitError) return thrown.exit;
  const code = systemCode(thrown);
  if (code === "EADDRINUSE" || code === "EADDRNOTAVAIL" || code === "EACCES") return "addressInUse";
  if (!(thrown instanceof CaucusError)) return "failure";
  if (thrown.outcome === "unknown") return "unknownOutcome";
  switch (thrown.code) {
    case "invalid_argument":
      return "usage";
    case "unsupported":
      return "unsupported";
    case "poisoned":
      return "storage";
    case "conflict":
    case "session_expired":
    case "wrong_cluster":
      return "refused";
    case "not_found":
      return "notFound";
    case "unavailable":
    case "timeout":
    case "no_leader":
    case "not_leader":
    case "overloaded":
      return "unavailable";
    default:
      return "failure";
  }
}

/** `code` of a system error, also of the cause of a coded one. */
export function systemCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (!(thrown instanceof CaucusError) && "code" in thrown && typeof thrown.code === "string") {
    return thrown.code;
  }
  return systemCode(thrown.cause);
}
