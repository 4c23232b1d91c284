import type {
  Message,
  PeerHandler,
  SnapshotHeader,
  SnapshotInstall,
  SnapshotReceiver,
} from "@caucus/raft";

/** Takes a chunk when told to, so that a test sees who waits for whom. */
export class RecordingReceiver implements SnapshotReceiver {
  readonly chunks: Uint8Array[] = [];
  /** Set to answer chunks later, with {@link takeNext}. */
  manual: boolean = false;
  /** The answer to the chunk with this number, counted from 0. */
  failAt: number | undefined;
  aborted = 0;
  #waiting: (() => void) | undefined;

  write(chunk: Uint8Array, done: (error?: Error) => void): void {
    this.chunks.push(chunk.slice());
    if (this.failAt === this.chunks.length - 1) done(new Error("the disk is full"));
    else if (this.manual) this.#waiting = done;
    else setImmediate(done);
  }

  takeNext(): void {
    const done = this.#waiting;
    this.#waiting = undefined;
    done?.();
  }

  finish(done: (result: SnapshotInstall | Error) => void): void {
    const meta = EMPTY_META;
    setImmediate(() => done({ meta, generation: this.chunks.length, discard() {} }));
  }

  abort(): void {
    this.aborted++;
  }
}

const EMPTY_META = {
  index: 1,
  term: 1,
  configurationIndex: 0,
  configuration: {
    voters: [],
    outgoing: [],
    learners: [],
    learnersNext: [],
    members: [],
    removed: [],
  },
};

/** A {@link PeerHandler} that remembers everything. */
export class RecordingHandler implements PeerHandler {
  readonly messages: Message[] = [];
  /** How many messages came together. */
  readonly frames: number[] = [];
  readonly headers: SnapshotHeader[] = [];
  readonly installs: SnapshotInstall[] = [];
  /** What the next snapshot is given to; undefined refuses it. */
  receiver: RecordingReceiver | undefined;

  receive(messages: readonly Message[]): void {
    this.messages.push(...messages);
    this.frames.push(messages.length);
  }

  receiveSnapshot(header: SnapshotHeader): SnapshotReceiver | undefined {
    this.headers.push(header);
    return this.receiver;
  }

  snapshotReceived(_header: SnapshotHeader, install: SnapshotInstall): void {
    this.installs.push(install);
  }
}
