/** Where something listens or is reached. */
export interface Address {
  /** A name or an IP address; an IPv6 address without its brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

const ADDRESS = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^:[\]\s/,]+)):(\d{1,5})$/;

/** Reads `host:port` or `[ipv6]:port`; undefined when `text` is neither or the port is not 1 to 65535. */
export function parseAddress(text: string): Address | undefined {
  const match = ADDRESS.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2];
  const port = Number(match[3]);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

/** The text that {@link parseAddress} reads. */
export function formatAddress(address: Address): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** Whether it means "every interface", which nobody else can connect to. */
export function isUnspecified(address: Address): boolean {
  return address.host === "0.0.0.0" || address.host === "::";
}
