import { CaucusError, type Logger } from "@caucus/base";
import type { MemberSettings, RunningMember } from "./member.ts";

/** Starts the member of this process. */
export async function startMember(
  settings: MemberSettings,
  _logger: Logger,
): Promise<RunningMember> {
  throw new CaucusError("unsupported", `node ${settings.label} can't run yet`);
}
