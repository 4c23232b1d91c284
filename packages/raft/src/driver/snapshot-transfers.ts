/** Snapshots on their way out to followers, and the one that may be coming in. */
import type { LogIndex, MemberKey } from "../core/identity.ts";
import type {
  PeerTransport,
  SnapshotHeader,
  SnapshotInstall,
  SnapshotReceiver,
  SnapshotSource,
} from "./ports.ts";

export class SnapshotTransfers {
  readonly #outgoing = new Map<MemberKey, LogIndex>();
  #isReceiving: boolean = false;
  /** Received and accepted by the core; the next batch puts it in force. */
  #accepted: SnapshotInstall | undefined;

  /** The oldest index that a receiver will go on from; undefined while nothing streams. */
  streamingIndex(): LogIndex | undefined {
    return this.#outgoing.size === 0 ? undefined : Math.min(...this.#outgoing.values());
  }

  /** `ended` gets the index that was delivered, undefined if it failed. */
  send(
    transport: PeerTransport,
    header: SnapshotHeader,
    source: SnapshotSource,
    ended: (index: LogIndex | undefined) => void,
  ): void {
    const { index } = header.meta;
    this.#outgoing.set(header.to, index);
    transport.sendSnapshot(header, source, (outcome) => {
      this.#outgoing.delete(header.to);
      ended(outcome === "delivered" ? index : undefined);
    });
  }

  /** Opens the single place for an incoming snapshot; undefined while it is taken. */
  receive(open: () => SnapshotReceiver): SnapshotReceiver | undefined {
    if (this.#isReceiving) return undefined;
    const receiver = open();
    this.#isReceiving = true;
    return {
      write: (chunk, done) => receiver.write(chunk, done),
      finish: (done) =>
        receiver.finish((result) => {
          if (result instanceof Error) this.#isReceiving = false;
          done(result);
        }),
      abort: () => {
        this.#isReceiving = false;
        receiver.abort();
      },
    };
  }

  /** The core takes the received snapshot. */
  accept(install: SnapshotInstall): void {
    this.#accepted?.discard();
    this.#accepted = install;
  }

  /** The core does not need it. */
  refuse(install: SnapshotInstall): void {
    this.#isReceiving = false;
    install.discard();
  }

  takeAccepted(): SnapshotInstall | undefined {
    const accepted = this.#accepted;
    this.#accepted = undefined;
    return accepted;
  }

  installed(): void {
    this.#isReceiving = false;
  }
}
