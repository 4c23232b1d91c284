import assert from "node:assert/strict";
import { it } from "node:test";
import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { fromServiceError } from "./grpc-status.ts";

it("names the reason why there is no connection, and nothing around it", async () => {
  // Nobody listens on a reserved port.
  const client = new Client("127.0.0.1:1", credentials.createInsecure());
  const failed = await new Promise<ServiceError>((resolve, reject) => {
    const pass = (bytes: Buffer): Buffer => bytes;
    client.makeUnaryRequest("/x/Y", pass, pass, Buffer.alloc(0), (error) =>
      error === null ? reject(new Error("it was answered")) : resolve(error),
    );
  });
  client.close();
  const error = fromServiceError(failed, "Y to 127.0.0.1:1");
  assert.equal(error.code, "unavailable");
  assert.equal(error.message, "Y to 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1");
});
