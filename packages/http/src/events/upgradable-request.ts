import { IncomingMessage } from "node:http";

export const EVENTS_PATH = "/api/cluster/events";

/**
 * A request whose wish to upgrade counts only where there is something to upgrade to. Node takes any
 * `Upgrade` header at its word once somebody listens for upgrades; HTTP clients that offer `h2c` with
 * every request, as those of Java and curl can, would no longer be served. The class is the place that
 * Node has for that: it asks `upgrade` of each request when its head is there.
 */
export class UpgradableRequest extends IncomingMessage {
  /** Written inside the constructor of the base, so it can't be a field of its own. */
  declare private asked: boolean | null;

  get upgrade(): boolean {
    if (this.asked !== true || this.method !== "GET") return false;
    const path = (this.url ?? "").split("?", 1)[0];
    return path === EVENTS_PATH && this.headers.upgrade?.toLowerCase() === "websocket";
  }

  set upgrade(asked: boolean | null) {
    this.asked = asked;
  }
}
