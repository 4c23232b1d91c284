/**
 * The calls between two nodes, in virtual time. A call reaches its handler once or never, and so
 * does the answer; the caller waits for it until its timeout. A process that does not listen
 * refuses at once, one that dies while it serves answers nothing.
 */
import { CaucusError } from "@caucus/base";
import type {
  AdminReply,
  AdminRequest,
  BootstrapPromise,
  ClusterCalls,
  ClusterHandler,
  ForwardedReply,
  ForwardedWrite,
  Identity,
  JoinReply,
  JoinRequest,
  PromiseReply,
} from "@caucus/rpc";
import type { NodeProcess } from "./node-process.ts";
import type { NodesWorld } from "./nodes-world.ts";

/** A request to join follows a look around within it, in ms. */
const LOOK_MS_MAX = 1_500;

export class VirtualCalls implements ClusterCalls {
  readonly #world: NodesWorld;
  readonly #process: NodeProcess;
  #forwards = 0;
  /** When it last asked somebody who they are. */
  #lookedMs = 0;

  constructor(world: NodesWorld, process: NodeProcess) {
    this.#world = world;
    this.#process = process;
  }

  identify(address: string, timeoutMs: number): Promise<Identity> {
    this.#lookedMs = this.#world.scheduler.nowMs;
    return this.#call("identify", address, timeoutMs, async (handler) => handler.identify());
  }

  promise(address: string, request: BootstrapPromise, timeoutMs: number): Promise<PromiseReply> {
    return this.#call("promise", address, timeoutMs, async (handler, server) => {
      const reply = await handler.promise(structuredClone(request));
      if (reply.kind === "granted") server.granted(request);
      return reply;
    });
  }

  withdraw(address: string, asker: string, cluster: string, timeoutMs: number): Promise<void> {
    return this.#call("withdraw", address, timeoutMs, (handler, server) => {
      server.withdrawn(asker, cluster);
      return handler.withdraw(asker, cluster);
    });
  }

  invite(address: string, asker: string, cluster: string, timeoutMs: number): Promise<void> {
    return this.#call("invite", address, timeoutMs, (handler) => handler.invite(asker, cluster));
  }

  join(address: string, request: JoinRequest, timeoutMs: number): Promise<JoinReply> {
    const copy = structuredClone(request);
    const { scheduler, suite } = this.#world;
    const lookedMs = scheduler.nowMs - this.#lookedMs;
    // Later calls of the same request follow what was seen when it began.
    if (this.#process.identity.cluster === undefined && lookedMs < LOOK_MS_MAX) {
      suite.asksToJoin(this.#process, request.cluster, scheduler.nowMs);
    }
    return this.#call("join", address, timeoutMs, (handler) => handler.join(copy));
  }

  admin(address: string, request: AdminRequest, timeoutMs: number): Promise<AdminReply> {
    return this.#call("admin", address, timeoutMs, (handler) => handler.admin(request));
  }

  forward(
    address: string,
    write: Omit<ForwardedWrite, "number">,
    reply: (reply: ForwardedReply) => void,
  ): void {
    const number = ++this.#forwards;
    const copy = { ...write, data: write.data.slice(), number };
    let isOpen = true;
    const end = (answer: ForwardedReply): void => {
      this.#process.enter(() => {
        if (isOpen) reply(answer);
        isOpen = false;
      });
    };
    const lost = failed(number, "unknown", "timeout no answer");
    this.#after(write.timeoutMs, () => end(lost));
    this.#travel(
      address,
      (handler, back) => handler.forward(copy, (answer) => back(() => end(answer))),
      (back) => back(() => end(failed(number, "not-appended", "unavailable connection refused"))),
    );
  }

  #call<Reply>(
    name: string,
    address: string,
    timeoutMs: number,
    serve: (handler: ClusterHandler, server: NodeProcess) => Promise<Reply>,
  ): Promise<Reply> {
    const what = `${name} to ${address}`;
    return new Promise((resolve, reject) => {
      let isOpen = true;
      const end = (settle: () => void): void => {
        this.#process.enter(() => {
          if (isOpen) settle();
          isOpen = false;
        });
      };
      const fail = (code: CaucusError["code"], why: string) => () =>
        end(() => reject(new CaucusError(code, `${what}: ${why}`)));
      this.#after(timeoutMs, fail("timeout", "no answer in time"));
      this.#travel(
        address,
        (handler, back, server) => {
          serve(handler, server).then(
            (reply) => {
              const copy = structuredClone(reply);
              back(() => end(() => resolve(copy)));
            },
            (thrown: unknown) => {
              const { code, message } = CaucusError.from(thrown);
              back(fail(code, message));
            },
          );
        },
        (back) => back(fail("unavailable", "connection refused")),
      );
    });
  }

  /** To whoever listens at the address: `arrived` there, or `refused`; `back` is the way back. */
  #travel(
    address: string,
    arrived: (
      handler: ClusterHandler,
      back: (deliver: () => void) => void,
      server: NodeProcess,
    ) => void,
    refused: (back: (deliver: () => void) => void) => void,
  ): void {
    const { network } = this.#world;
    const { label } = this.#process;
    const target = this.#world.machineAt(address);
    if (target === undefined) return;
    const back = (deliver: () => void): void => network.send(target.label, label, deliver);
    network.send(label, target.label, () => {
      const server = target.process;
      const handler = server?.listener;
      if (server === undefined || handler === undefined) refused(back);
      else server.enter(() => arrived(handler, back, server));
    });
  }

  #after(delayMs: number, run: () => void): void {
    this.#world.scheduler.after(delayMs / this.#process.machine.clock.rate, run);
  }
}

const encoder = new TextEncoder();

function failed(number: number, kind: "not-appended" | "unknown", reason: string): ForwardedReply {
  return { number, kind, data: encoder.encode(reason), index: 0, term: 0 };
}
