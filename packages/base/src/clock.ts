/** The two clocks of a machine, in milliseconds. */
export interface Clock {
  /** Never goes back; the origin is arbitrary. All timeouts are measured with it. */
  monotonicMs(): number;
  /** Wall-clock time since the Unix epoch; may jump. */
  wallMs(): number;
}
