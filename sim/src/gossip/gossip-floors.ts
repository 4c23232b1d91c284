/**
 * Everything that a run of a gossip cluster counts, with what a hundred seeds of 10,000 steps must
 * show at least: about a third of what a few hundred did show.
 */
export const GOSSIP_FLOORS = {
  "message lost": 61000,
  "message delayed": 6700,
  "message duplicated": 6100,
  "message reordered": 15000,
  "one-way partition": 180,
  "two-way partition": 240,
  "flaky link": 120,
  crash: 410,
  "graceful leave": 120,
  "restart in the same second": 12,
  "clock drift": 150,
  "clock set back": 65,
  stall: 250,
  garbage: 1400,
  "replayed datagram": 800,
  "invented node": 190,
  forgery: 33,
  "key set": 30000,
  "key deleted": 10000,
  "key with a time to live": 5800,
  "node up": 4400,
  "node down": 1400,
  "node forgotten": 3300,
  "generation raised": 39,
  "state reset": 1400,
  "tombstone collected": 11000,
  "datagram above 32 KiB": 3000,
  "deleted key shown once more": 0,
} as const;

export type GossipCounterName = keyof typeof GOSSIP_FLOORS;
