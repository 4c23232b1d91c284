/** `host:port`, as people write it: one reader for flags, files and what peers say of themselves. */

/** Where something listens or is reached. */
export interface Address {
  /** A name or an IP address; an IPv6 address without its brackets. */
  readonly host: string;
  /** 1 to 65535, or 0 where the system may choose. */
  readonly port: number;
}

const ADDRESS = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^:[\]\s/,]+)):(\d{1,5})$/;

/**
 * Reads `host:port` or `[ipv6]:port`; undefined when `text` is neither or the port is not between
 * `portMin` (default 1) and 65535.
 */
export function parseAddress(text: string, portMin: number = 1): Address | undefined {
  const match = ADDRESS.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2];
  const port = Number(match[3]);
  if (host === undefined || port < portMin || port > 65_535) return undefined;
  return { host, port };
}

/** The text that {@link parseAddress} reads. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
