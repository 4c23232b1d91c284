import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance, FastifySchema } from "fastify";
import { describeDialects } from "./dialect-tags.ts";
import type { DialectName } from "./options.ts";
import { SWAGGER_UI_PREFIX } from "./routes/cluster.ts";

interface Described {
  readonly schema: FastifySchema;
  readonly url: string;
}

/** Collects the schemas of all routes registered after it; serves `/spec` and Swagger UI. */
export async function registerOpenApi(
  app: FastifyInstance,
  version: string,
  dialects: readonly DialectName[],
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Caucus",
        version,
        description:
          "A distributed key-value store. Errors are application/problem+json; failed writes say " +
          "in `outcome` whether they can have taken effect.",
      },
      tags: [
        { name: "keys", description: "Reading and writing" },
        { name: "cluster", description: "Who is a member" },
        { name: "admin", description: "Changing the cluster" },
        { name: "health", description: "For supervisors and load balancers" },
        { name: "metrics", description: "For monitoring" },
        ...describeDialects(dialects),
      ],
    },
    transform: ({ schema, url }) => describeWildcard({ schema, url }),
  });
  app.get("/spec", { schema: specSchema }, async (_request, reply) =>
    reply.type("application/json; charset=utf-8").send(JSON.stringify(app.swagger())),
  );
  await app.register(swaggerUi, {
    routePrefix: SWAGGER_UI_PREFIX,
    // Every asset is in the package: the page works without a network, and may use no other.
    staticCSP: true,
    uiConfig: { url: "/spec", tryItOutEnabled: true },
  });
}

const specSchema = {
  tags: ["cluster"],
  summary: "This document.",
  response: {
    200: { description: "OpenAPI 3.1", type: "object", additionalProperties: true },
  },
} as const;

/** OpenAPI has no wildcards: the rest of the path is the parameter `key`. */
function describeWildcard({ schema, url }: Described): Described {
  const params = schema.params as { readonly properties: { readonly "*": object } } | undefined;
  if (!url.endsWith("/*") || params === undefined) return { schema, url };
  return {
    schema: { ...schema, params: { type: "object", properties: { key: params.properties["*"] } } },
    url: `${url.slice(0, -1)}:key`,
  };
}
