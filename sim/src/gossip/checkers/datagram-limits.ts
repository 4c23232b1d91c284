import type { Report } from "../../checkers/checker.ts";
import type { GossipChecker } from "./gossip-checker.ts";

const DATAGRAM_BYTES_MAX = 65_507;

/** Every datagram can be sent and read (G1). */
export function datagramLimits(report: Report): GossipChecker {
  return {
    sent(process, message, bytes) {
      const what = `a datagram of node ${process.label}`;
      if (bytes > DATAGRAM_BYTES_MAX) {
        report(`${what} has ${bytes} bytes, allowed are ${DATAGRAM_BYTES_MAX}`);
      }
      if (message === undefined) report(`${what} cannot be decoded`);
    },
  };
}
