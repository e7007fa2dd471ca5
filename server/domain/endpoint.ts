import { z } from "zod";

export const permissions = [
  "metrics.read",
  "findings.read",
  "findings.triage",
  "invocations.read",
  "export",
  "content.read",
  "compliance.read",
  "packs.create",
  "trail.read",
  "signed-in",
  "public",
] as const;
export type Permission = (typeof permissions)[number];

/** Names the page or program that asks, which made it up: letters, digits, `_` and `-`, up to 40. By it, turns at the query engine are shared. */
export const viewerHeader = "x-bedrock-audit-viewer";

/**
 * An endpoint, said once: `app.ts` mounts it, the web calls it, OpenAPI is made from it.
 * `input` holds the path's parameters and either the query string (GET) or the JSON body, in one strict object.
 */
export interface Endpoint {
  readonly method: "GET" | "POST";
  /** Express path, with `:name` parameters. */
  readonly path: string;
  readonly permission: Permission;
  readonly summary: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** Of an answer that is a file; default: JSON. */
  readonly mediaType?: string;
  /** The file is a `FileStream`, which names its own type. */
  readonly streams?: true;
  /**
   * It asks the query engine, and so waits for its turn. `shared`: equal requests at the same time are answered once; `own`: each leaves
   * a trace. Default: it never waits.
   */
  readonly turn?: "shared" | "own";
}

/** A file that is made while it is sent: no faster than its reader takes it. What fails on the way breaks the connection. */
export interface FileStream {
  readonly name: string;
  readonly mediaType: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A page of a list; `next` is an opaque cursor, null on the last page. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable(),
    total: z.object({ value: z.number().int(), exact: z.boolean() }),
  });
}

/** Answer to every error: RFC 9457, `application/problem+json`. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  requestId: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })),
});
export type Problem = Readonly<z.infer<typeof Problem>>;
