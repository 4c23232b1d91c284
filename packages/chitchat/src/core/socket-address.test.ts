import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import {
  canonicalHost,
  compareAddresses,
  formatOctets,
  formatSocketAddress,
  octetsOf,
  parseSocketAddress,
} from "./socket-address.ts";

const canonical: readonly (readonly [string, string])[] = [
  ["127.0.0.1:10001", "127.0.0.1:10001"],
  ["[::1]:1", "[::1]:1"],
  ["[0:0:0:0:0:0:0:0]:0", "[::]:0"],
  ["[2001:DB8::0:1]:80", "[2001:db8::1]:80"],
  ["[2001:db8:0:1:1:1:1:1]:80", "[2001:db8:0:1:1:1:1:1]:80"],
  ["[1:0:0:2:0:0:0:3]:80", "[1:0:0:2::3]:80"],
  ["[1:0:0:2:3:0:0:4]:80", "[1::2:3:0:0:4]:80"],
  ["[::ffff:192.0.2.1]:65535", "[::ffff:192.0.2.1]:65535"],
  ["[::ffff:c000:201]:1", "[::ffff:192.0.2.1]:1"],
  ["[::192.0.2.1]:1", "[::c000:201]:1"],
  ["[fe80::]:1", "[fe80::]:1"],
];

for (const [text, expected] of canonical) {
  test(`${text} is ${expected}`, () => {
    const address = parseSocketAddress(text);
    assert.ok(address !== undefined);
    assert.equal(formatSocketAddress(address), expected);
  });
}

for (const text of [
  "",
  "127.0.0.1",
  "127.0.0.1:",
  "127.0.0.1:65536",
  "127.0.0.1:-1",
  "127.0.0.256:1",
  "127.0.0.01:1",
  "1.2.3:1",
  "::1:1",
  "[::1]",
  "[1::2::3]:1",
  "[1:2:3:4:5:6:7]:1",
  "[1:2:3:4:5:6:7:8:9]:1",
  "[1:2:3:4:5:6:7::8]:1",
  "[::1.2.3.4:5]:1",
  "[fe80::1%eth0]:1",
  "[::g]:1",
  "localhost:1",
  " 127.0.0.1:1",
]) {
  test(`${JSON.stringify(text)} is no address`, () => {
    assert.equal(parseSocketAddress(text), undefined);
  });
}

const octets = fc.oneof(
  fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
  fc.array(fc.oneof(fc.constant(0), fc.nat(255)), { minLength: 16, maxLength: 16 }),
);

test("octets and canonical text are the same thing, and Node agrees that it is an IP address", () => {
  fc.assert(
    fc.property(octets, (bytes) => {
      const text = formatOctets(bytes);
      assert.deepEqual(octetsOf(text), bytes);
      assert.equal(canonicalHost(text), text);
      assert.equal(isIP(text), bytes.length === 4 ? 4 : 6);
    }),
  );
});

test("IPv4 comes before IPv6, then octets count as numbers, then ports", () => {
  const sorted = ["9.0.0.1:5", "10.0.0.0:1", "10.0.0.0:2", "[::]:1", "[::2]:1", "[::10]:1"];
  const addresses = sorted.map((text) => parseSocketAddress(text) ?? { host: "", port: 0 });
  const shuffled = [3, 5, 1, 0, 4, 2].map((at) => addresses[at] ?? { host: "", port: 0 });
  assert.deepEqual(shuffled.sort(compareAddresses).map(formatSocketAddress), sorted);
});
