import { CaucusError } from "@caucus/base";
import { ADDRESS_BYTES_MAX, type ClusterId, isIdentity, type Member } from "@caucus/raft";

/** Rises with every change that an older node can't understand. */
export const PEER_PROTOCOL = 1;

/** Why a start counter that went back is refused. */
export const OLD_START = "this is a copy or an old state of its data directory";

/** A node as its peers see it. */
export interface LocalPeer {
  readonly member: Member;
  readonly cluster: ClusterId;
  /** How often the data directory has been started. */
  readonly startCounter: number;
}

/** Checks a member that came over the wire. Throws CaucusError `invalid_argument`. */
export function checkMember(member: Member | null | undefined, field: string): Member {
  if (!member) throw invalid(`${field} is missing`);
  checkIdentity(member.key, `${field}.key`);
  const { key, label, rpcAddress, apiAddress } = member;
  if (!Number.isSafeInteger(label) || label <= 0) {
    throw invalid(`${field}.label is ${label}, allowed are integers from 1 to 2^53 - 1`);
  }
  checkAddress(rpcAddress, `${field}.rpcAddress`);
  checkAddress(apiAddress, `${field}.apiAddress`);
  return { key, label, rpcAddress, apiAddress };
}

export function checkIdentity(text: string, field: string): string {
  if (isIdentity(text)) return text;
  throw invalid(`${field} is ${JSON.stringify(text.slice(0, 40))}, allowed are 32 hex digits`);
}

export function checkCounter(value: number, field: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(`${field} is ${value}, allowed are integers from 0 to 2^53 - 1`);
}

function checkAddress(address: string, field: string): void {
  const bytes = Buffer.byteLength(address);
  if (bytes > ADDRESS_BYTES_MAX) {
    throw invalid(`${field} has ${bytes} bytes, allowed are ${ADDRESS_BYTES_MAX}`);
  }
}

function invalid(message: string): CaucusError {
  return new CaucusError("invalid_argument", message);
}
