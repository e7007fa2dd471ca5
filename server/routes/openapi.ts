import { z } from "zod";
import { api } from "../domain/api.ts";
import { Problem, type Endpoint } from "../domain/endpoint.ts";

/** The table of endpoints as OpenAPI 3.1, from the same schemas that check requests. */
export function openApi(version: string): object {
  const paths = new Map<string, Record<string, object>>();
  for (const [name, endpoint] of Object.entries<Endpoint>(api)) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, "{$1}");
    const operations = paths.get(path) ?? {};
    operations[endpoint.method.toLowerCase()] = operationOf(name, endpoint);
    paths.set(path, operations);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "bedrock-audit",
      version,
      description:
        "Every change and every POST needs the header `X-Bedrock-Audit: 1` and a JSON body. " +
        "Who asks much names itself in `X-Bedrock-Audit-Viewer`: those with one name, or none, take turns as one.",
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(paths),
  };
}

function operationOf(operationId: string, endpoint: Endpoint): object {
  const input = z.toJSONSchema(endpoint.input, { io: "input" }) as JsonSchema;
  const inPath = new Set([...endpoint.path.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter));
  const properties = Object.entries(input.properties ?? {});
  const required = new Set(input.required ?? []);
  const asParameters = properties.filter(([name]) => inPath.has(name) || endpoint.method === "GET");
  const asBody = properties.filter(([name]) => !inPath.has(name) && endpoint.method !== "GET");
  return {
    operationId,
    summary: endpoint.summary,
    "x-permission": endpoint.permission,
    parameters: asParameters.map(([name, schema]) => ({
      name,
      in: inPath.has(name) ? "path" : "query",
      required: inPath.has(name) || required.has(name),
      schema,
    })),
    ...(endpoint.method === "GET" ? {} : { requestBody: bodyOf(asBody, required) }),
    responses: {
      200: goodAnswer(endpoint),
      default: answer("What went wrong.", "application/problem+json", z.toJSONSchema(Problem)),
    },
  };
}

function goodAnswer({ mediaType, output }: Endpoint): object {
  if (mediaType !== undefined) return answer("A file.", mediaType, { type: "string", format: "binary" });
  return answer("The answer.", "application/json", z.toJSONSchema(output, { io: "input" }));
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

function bodyOf(properties: readonly (readonly [string, object])[], required: ReadonlySet<string>): object {
  const schema = {
    type: "object",
    properties: Object.fromEntries(properties),
    required: properties.map(([name]) => name).filter((name) => required.has(name)),
    additionalProperties: false,
  };
  return { required: true, content: { "application/json": { schema } } };
}

function answer(description: string, type: string, schema: object): object {
  return { description, content: { [type]: { schema } } };
}
