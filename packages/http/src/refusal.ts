import { assertNever, CaucusError } from "@caucus/base";
import type { KvService } from "@caucus/node";

type CommandResult = Awaited<ReturnType<KvService["write"]>>["result"];
type Refused = Extract<CommandResult, { readonly kind: "refused" }>;

/** The answer of a command that ran; a refused one, which did not, is thrown. */
export function executed(result: CommandResult): Exclude<CommandResult, Refused> {
  if (result.kind === "refused") throw refusalError(result);
  return result;
}

function refusalError({ reason, message }: Refused): CaucusError {
  const options = { outcome: "not_applied" } as const;
  switch (reason) {
    case "invalid":
    case "too-many-keys":
      return new CaucusError("invalid_argument", message, options);
    case "session-expired":
      return new CaucusError("session_expired", message, options);
    case "sequence-gone":
      return new CaucusError("conflict", message, options);
    case "session-limit":
      return new CaucusError("overloaded", message, options);
    default:
      return assertNever(reason);
  }
}
