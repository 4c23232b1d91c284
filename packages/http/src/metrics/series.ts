// Short ways to declare what is read when somebody asks. Counters are counted elsewhere and only
// copied here, so nothing on a hot path knows of this library.

import { Counter, Gauge, type Registry } from "prom-client";

/** From half a millisecond to ten seconds: an fsync of a good disk, and one of a bad day. */
export const DURATION_BUCKETS_SECONDS: number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Values of one label, each with its number. */
export type Labelled = readonly (readonly [string, number])[];

export interface SeriesAbout {
  readonly registry: Registry;
  /** With its unit at the end; of a counter with `_total`. */
  readonly name: string;
  readonly help: string;
}

/** Abouts of series whose names begin alike. */
export function named(
  registry: Registry,
  prefix: string,
): (name: string, help: string) => SeriesAbout {
  return (name, help) => ({ registry, name: `${prefix}_${name}`, help });
}

export function gauge(about: SeriesAbout, read: () => number | Promise<number>): void {
  new Gauge({
    ...optionsOf(about),
    async collect() {
      this.set(await read());
    },
  });
}

/** The values that are not read any more are gone. */
export function gaugeBy(about: SeriesAbout, label: string, read: () => Labelled): void {
  new Gauge({
    ...optionsOf(about),
    labelNames: [label],
    collect() {
      this.reset();
      for (const [value, number] of read()) this.set({ [label]: value }, number);
    },
  });
}

export function counter(about: SeriesAbout, read: () => number): void {
  new Counter({
    ...optionsOf(about),
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

export function counterBy(about: SeriesAbout, label: string, read: () => Labelled): void {
  new Counter({
    ...optionsOf(about),
    labelNames: [label],
    collect() {
      this.reset();
      for (const [value, number] of read()) this.inc({ [label]: value }, number);
    },
  });
}

function optionsOf({ help, name, registry }: SeriesAbout): {
  readonly name: string;
  readonly help: string;
  readonly registers: Registry[];
} {
  return { name, help, registers: [registry] };
}
