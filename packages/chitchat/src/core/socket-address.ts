// IP addresses and ports as text. `host` is canonical (RFC 5952, an IPv4-mapped IPv6 address keeps
// its dotted tail), so that two addresses are equal exactly when their texts are.

/** An IP address and a UDP port. Make one with {@link parseSocketAddress}, which checks it. */
export interface SocketAddress {
  /** Canonical IPv4 or IPv6 address, without brackets: `127.0.0.1`, `::1`. */
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:10001` or `[::1]:10001`; undefined when `text` is neither. */
export function parseSocketAddress(text: string): SocketAddress | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, version6, version4, digits] = match;
  const octets = version6 === undefined ? parseIpv4(version4 ?? "") : parseIpv6(version6);
  const port = Number(digits);
  if (octets === undefined || port > 0xffff) return undefined;
  return { host: formatOctets(octets), port };
}

export function formatSocketAddress({ host, port }: SocketAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export function isSameAddress(a: SocketAddress, b: SocketAddress): boolean {
  return a.port === b.port && a.host === b.host;
}

/** Every IPv4 before every IPv6, then the octets, then the port. */
export function compareAddresses(a: SocketAddress, b: SocketAddress): number {
  const left = octetsOf(a.host);
  const right = octetsOf(b.host);
  if (left.length !== right.length) return left.length - right.length;
  for (let at = 0; at < left.length; at++) {
    const difference = (left[at] as number) - (right[at] as number);
    if (difference !== 0) return difference;
  }
  return a.port - b.port;
}

/** The 4 or 16 octets of a canonical host, in network order; of any other text, four zeros. */
export function octetsOf(host: string): readonly number[] {
  return parseIpv4(host) ?? parseIpv6(host) ?? [0, 0, 0, 0];
}

/** The canonical text of an IP address; undefined when `text` is not one. */
export function canonicalHost(text: string): string | undefined {
  const octets = parseIpv4(text) ?? parseIpv6(text);
  return octets === undefined ? undefined : formatOctets(octets);
}

/** The canonical text of 4 or 16 octets in network order. */
export function formatOctets(octets: ArrayLike<number>): string {
  if (octets.length === 4) return `${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}`;
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) {
    groups.push((octets[at] as number) * 256 + (octets[at + 1] as number));
  }
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return `::ffff:${octets[12]}.${octets[13]}.${octets[14]}.${octets[15]}`;
  const { start, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [at, group] of groups.entries()) {
    if (group !== 0) start = at + 1;
    else if (at + 1 - start > best.length) best = { start, length: at + 1 - start };
  }
  return best;
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) {
    return undefined;
  }
  const octets = parts.map(Number);
  return octets.every((octet) => octet <= 255) ? octets : undefined;
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] as string, halves.length === 1);
  const tail = parseGroups(halves[1] ?? "", true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/** Groups of hex digits between colons, as octets; the last may be dotted when `isEnd`. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const octets: number[] = [];
  const groups = text.split(":");
  for (const [at, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      octets.push(value >> 8, value & 0xff);
      continue;
    }
    const dotted = isEnd && at === groups.length - 1 ? parseIpv4(group) : undefined;
    if (dotted === undefined) return undefined;
    octets.push(...dotted);
  }
  return octets;
}
