import { BoundedQueue } from "@caucus/base";
import { entryBytes, type Message } from "@caucus/raft";

/** What a message without entries counts as. */
const MESSAGE_BYTES = 64;

function messageBytes(message: Message): number {
  let bytes = MESSAGE_BYTES;
  if (message.kind === "append") for (const entry of message.entries) bytes += entryBytes(entry);
  return bytes;
}

/** Messages waiting for one peer, bounded in number and bytes; taken in frames. */
export class FrameQueue {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
  #queue: BoundedQueue<Message>;
  #bytes = 0;

  constructor(messagesMax: number, bytesMax: number) {
    this.#messagesMax = messagesMax;
    this.#bytesMax = bytesMax;
    this.#queue = new BoundedQueue(messagesMax);
  }

  get length(): number {
    return this.#queue.length;
  }

  /** False, and nothing kept, when a limit is reached. A message alone always fits. */
  push(message: Message): boolean {
    const bytes = messageBytes(message);
    if (this.length > 0 && this.#bytes + bytes > this.#bytesMax) return false;
    if (!this.#queue.push(message)) return false;
    this.#bytes += bytes;
    return true;
  }

  /** The oldest messages until they reach `bytesMax`; at least one unless empty. */
  takeFrame(bytesMax: number): Message[] {
    const frame: Message[] = [];
    let bytes = 0;
    while (bytes < bytesMax) {
      const message = this.#queue.shift();
      if (message === undefined) break;
      bytes += messageBytes(message);
      frame.push(message);
    }
    this.#bytes -= bytes;
    return frame;
  }

  clear(): void {
    this.#queue = new BoundedQueue(this.#messagesMax);
    this.#bytes = 0;
  }
}
