/**
 * The order of addresses that picks who creates a cluster (docs/decisions/0006): by host, then by
 * port. IPv4 hosts compare as numbers and come first; all others follow as lowercase text in
 * UTF-16 order; ports compare as numbers. Every member must come to the same order from the same
 * list, so the order depends on the text alone: no name is resolved.
 */
import { type Address, parseAddress } from "@caucus/base";

/** Negative when `a` is lower, positive when `b` is, 0 when they are the same address. */
export function compareAddresses(a: string, b: string): number {
  const left = split(a);
  const right = split(b);
  return compareHosts(left.host, right.host) || left.port - right.port;
}

/** The lowest of a list that is not empty. */
export function lowestAddress(addresses: readonly [string, ...string[]]): string {
  return addresses.reduce((lowest, address) =>
    compareAddresses(address, lowest) < 0 ? address : lowest,
  );
}

/** What is no address, as only a peer could send it, still has its place in the order. */
function split(text: string): Address {
  const { host, port } = parseAddress(text, 0) ?? { host: text, port: 0 };
  return { host: host.toLowerCase(), port };
}

function compareHosts(a: string, b: string): number {
  const left = ipv4Number(a);
  const right = ipv4Number(b);
  if (left !== undefined && right !== undefined) return left - right;
  if (left !== undefined) return -1;
  if (right !== undefined) return 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function ipv4Number(host: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host);
  if (match === null) return undefined;
  return match.slice(1).reduce((number, part) => number * 256 + Number(part), 0);
}
