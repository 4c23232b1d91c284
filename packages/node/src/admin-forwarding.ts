import { CaucusError, type ErrorCode, type WriteFailure } from "@caucus/base";
import type { AdminReply } from "@caucus/rpc";

interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly outcome?: WriteFailure;
  readonly leader?: number;
  readonly retryAfterSeconds?: number;
}

/** Runs `work` for another member: its result or its error as JSON. Never rejects. */
export async function answerAdmin(work: () => Promise<unknown>): Promise<AdminReply> {
  try {
    return { failed: false, body: JSON.stringify((await work()) ?? null) };
  } catch (thrown) {
    const { code, message, outcome, leader, retryAfterSeconds } = CaucusError.from(thrown);
    const error = { code, message, outcome, leader, retryAfterSeconds };
    return { failed: true, body: JSON.stringify(error) };
  }
}

/** What `answerAdmin` was given or threw at the other member. */
export function readAdminReply(reply: AdminReply): unknown {
  const body: unknown = JSON.parse(reply.body);
  if (!reply.failed) return body;
  const { code, message, ...options } = body as ErrorBody;
  throw new CaucusError(code, message, options);
}
