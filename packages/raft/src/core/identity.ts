/**
 * The identity that Raft counts: 128 random bits as 32 lowercase hex digits, made with the data
 * directory. A wiped disk has another key, so it can't vote twice in a term that it forgot.
 */
export type MemberKey = string;

/** 128 random bits as 32 lowercase hex digits, made when the cluster is created. */
export type ClusterId = string;

/** Raft §5.1. 0 before the first election. */
export type Term = number;

/** Raft §5.3. The first entry has index 1; 0 stands for "before the log". */
export type LogIndex = number;

const IDENTITY = /^[0-9a-f]{32}$/;

/** Whether `text` has the form of a {@link MemberKey} or a {@link ClusterId}. */
export function isIdentity(text: string): boolean {
  return IDENTITY.test(text);
}
