import type { IncomingMessage } from "node:http";

/** A request as it came. Path and query are split, but not decoded: a key may hold anything. */
export interface AwsRequest {
  readonly method: string;
  /** Undecoded, begins with a slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** From the credential scope; null for an unsigned request. */
  readonly scope: { readonly accessKeyId: string; readonly region: string; readonly service: string } | null;
}

const SCOPE = /Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/;

export async function readRequest(message: IncomingMessage): Promise<AwsRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const [path, search] = splitOnce(message.url ?? "/", "?");
  const match = SCOPE.exec(message.headers.authorization ?? "");
  const [, accessKeyId = "", region = "", service = ""] = match ?? [];
  return {
    method: message.method ?? "GET",
    path,
    query: new URLSearchParams(search),
    headers: message.headers as Record<string, string | undefined>,
    body: Buffer.concat(chunks).toString("utf8"),
    scope: match === null ? null : { accessKeyId, region, service },
  };
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
