import { assert } from "@caucus/base";
import type { Configuration } from "../configuration.ts";
import type { LogIndex } from "../identity.ts";

export interface LoggedConfiguration {
  readonly index: LogIndex;
  readonly configuration: Configuration;
}

/**
 * The configurations that the log holds, oldest first. The latest one is in force as soon as it
 * is appended (Raft §6), the earlier ones come back when it is truncated away.
 */
export class ConfigurationLog {
  #logged: LoggedConfiguration[];

  constructor(start: LoggedConfiguration) {
    this.#logged = [start];
  }

  latest(): LoggedConfiguration {
    return this.#logged[this.#logged.length - 1] as LoggedConfiguration;
  }

  /** The configuration in force at `index`, which is not below the compacted index. */
  at(index: LogIndex): LoggedConfiguration {
    for (let position = this.#logged.length - 1; position > 0; position--) {
      const logged = this.#logged[position] as LoggedConfiguration;
      if (logged.index <= index) return logged;
    }
    return this.#logged[0] as LoggedConfiguration;
  }

  /** The one in force at `index` and all after it: each may turn out to be the committed one. */
  since(index: LogIndex): readonly LoggedConfiguration[] {
    return this.#logged.filter((logged) => logged.index >= this.at(index).index);
  }

  append(logged: LoggedConfiguration): void {
    assert(logged.index > this.latest().index, `configuration ${logged.index} is not newer`);
    this.#logged.push(logged);
  }

  /** The log was truncated: everything from `index` on is gone. */
  truncateFrom(index: LogIndex): void {
    while (this.#logged.length > 1 && this.latest().index >= index) this.#logged.pop();
  }

  /** Forgets what is no longer reachable once the log is compacted up to `index`. */
  compact(index: LogIndex): void {
    while (this.#logged.length > 1 && (this.#logged[1] as LoggedConfiguration).index <= index) {
      this.#logged.shift();
    }
  }

  restore(logged: LoggedConfiguration): void {
    this.#logged = [logged];
  }
}
