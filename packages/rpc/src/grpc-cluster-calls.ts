import { CaucusError } from "@caucus/base";
import type { ClusterId, MemberKey } from "@caucus/raft";
import { Client, credentials, type MethodDefinition, type ServiceError } from "@grpc/grpc-js";
import { clientOptions } from "./channel-options.ts";
import type {
  AdminReply,
  AdminRequest,
  BootstrapPromise,
  ClusterCalls,
  ForwardedReply,
  ForwardedWrite,
  Identity,
  JoinReply,
  JoinRequest,
  PromiseReply,
} from "./cluster-calls.ts";
import {
  fromIdentityMessage,
  fromJoinReplyMessage,
  fromPromiseReplyMessage,
} from "./cluster-wire.ts";
import { ForwardLink } from "./forward-link.ts";
import { fromServiceError } from "./grpc-status.ts";
import { RPC_DEFAULTS, type RpcConfig } from "./rpc-config.ts";
import { clusterService } from "./service-definitions.ts";

/** Addresses with a forward stream at one time; leaders change, so old ones are closed. */
const FORWARD_LINKS_MAX = 8;

/**
 * {@link ClusterCalls} over gRPC. Unary calls are rare: each has a connection of its own, so that
 * nothing of a failed one is left to the next.
 */
export class GrpcClusterCalls implements ClusterCalls {
  readonly #config: RpcConfig;
  readonly #forwards: Map<string, ForwardLink> = new Map();
  readonly #clients: Set<Client> = new Set();
  #closed: boolean = false;

  constructor(config: RpcConfig = RPC_DEFAULTS) {
    this.#config = config;
  }

  async identify(address: string, timeoutMs: number): Promise<Identity> {
    return fromIdentityMessage(await this.#call(clusterService.Identify, address, {}, timeoutMs));
  }

  async promise(
    address: string,
    request: BootstrapPromise,
    timeoutMs: number,
  ): Promise<PromiseReply> {
    const reply = await this.#call(clusterService.Promise, address, request, timeoutMs);
    return fromPromiseReplyMessage(reply);
  }

  async withdraw(
    address: string,
    asker: MemberKey,
    cluster: ClusterId,
    timeoutMs: number,
  ): Promise<void> {
    await this.#call(clusterService.Withdraw, address, { asker, cluster }, timeoutMs);
  }

  async invite(
    address: string,
    asker: MemberKey,
    cluster: ClusterId,
    timeoutMs: number,
  ): Promise<void> {
    await this.#call(clusterService.Invite, address, { asker, cluster }, timeoutMs);
  }

  async join(address: string, request: JoinRequest, timeoutMs: number): Promise<JoinReply> {
    return fromJoinReplyMessage(await this.#call(clusterService.Join, address, request, timeoutMs));
  }

  async admin(address: string, request: AdminRequest, timeoutMs: number): Promise<AdminReply> {
    const { failed, body } = await this.#call(clusterService.Admin, address, request, timeoutMs);
    return { failed, body };
  }

  forward(
    address: string,
    write: Omit<ForwardedWrite, "number">,
    reply: (reply: ForwardedReply) => void,
  ): void {
    if (this.#closed) {
      const data = new TextEncoder().encode("this node is stopping");
      setImmediate(() => reply({ number: 0, kind: "not-appended", data, index: 0, term: 0 }));
      return;
    }
    this.#forwardTo(address).forward(write, reply);
  }

  /** Ends everything: pending calls fail, forwarded writes are answered. */
  close(): void {
    this.#closed = true;
    for (const link of this.#forwards.values()) link.close();
    this.#forwards.clear();
    for (const client of this.#clients) client.close();
  }

  #forwardTo(address: string): ForwardLink {
    const known = this.#forwards.get(address);
    if (known !== undefined) return known;
    if (this.#forwards.size >= FORWARD_LINKS_MAX) this.#closeOldestForward();
    const link = new ForwardLink(address, this.#config);
    this.#forwards.set(address, link);
    return link;
  }

  #closeOldestForward(): void {
    const idle = [...this.#forwards].find(([, link]) => link.pending === 0);
    const [address, link] = idle ?? [...this.#forwards][0] ?? [];
    if (address !== undefined) this.#forwards.delete(address);
    link?.close();
  }

  #call<Request, Reply>(
    method: MethodDefinition<Request, Reply>,
    address: string,
    request: Request,
    timeoutMs: number,
  ): Promise<Reply> {
    const { path, requestSerialize, responseDeserialize } = method;
    const what = `${path} to ${address}`;
    if (this.#closed) return Promise.reject(new CaucusError("unavailable", `${what}: stopping`));
    const client = new Client(address, credentials.createInsecure(), clientOptions(this.#config));
    this.#clients.add(client);
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + timeoutMs;
      const answered = (error: ServiceError | null, reply?: Reply): void => {
        this.#clients.delete(client);
        client.close();
        if (reply !== undefined) resolve(reply);
        else if (error !== null) reject(fromServiceError(error, what));
        else reject(new CaucusError("unavailable", `${what}: no answer`));
      };
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        { deadline },
        answered,
      );
    });
  }
}
