import type { Readable } from "node:stream";

/** A 200 that is not the answer: the SDK would make `{}` of it. */
export class UnreadableAnswer extends Error {
  override readonly name = "UnreadableAnswer";
}

/** What came over the wire, before the SDK reads it. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly requestId: string | null;
  readonly body: string;
}

interface HttpAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: unknown;
}

interface WithMiddleware {
  readonly middlewareStack: {
    add(middleware: unknown, options: { step: "deserialize"; priority: "low"; name: string }): void;
  };
}

/**
 * Keeps the answer to one command as it came; call the returned function after the command has been sent. `without`: names of XML
 * elements that hold text alone and that nobody needs; the SDK, for which each of many is much work, does not get to see them.
 */
export function keepRawAnswer(command: WithMiddleware, without: readonly string[] = []): () => RawAnswer {
  const unneeded = new RegExp(`<(${without.join("|")})>[^<]*</\\1>`, "g");
  let raw: RawAnswer | null = null;
  const middleware = (next: (args: unknown) => Promise<{ response: HttpAnswer }>) => async (args: unknown) => {
    const result = await next(args);
    const { response } = result;
    const body = Buffer.concat(await chunks(response.body as Readable));
    raw = {
      status: response.statusCode,
      contentType: response.headers["content-type"] ?? "",
      requestId: response.headers["x-amzn-requestid"] ?? response.headers["x-amz-request-id"] ?? null,
      body: body.toString("utf8"),
    };
    response.body = without.length === 0 ? body : Buffer.from(raw.body.replaceAll(unneeded, ""));
    return result;
  };
  command.middlewareStack.add(middleware, { step: "deserialize", priority: "low", name: "keepRawAnswer" });
  return () => {
    if (raw === null) throw new UnreadableAnswer("No answer came.");
    return raw;
  };
}

async function chunks(body: Readable): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(Buffer.from(part as Uint8Array));
  return parts;
}

/** The JSON object of an answer; an empty body or another type of content is none. */
export function jsonObject(raw: RawAnswer): Readonly<Record<string, unknown>> {
  if (!/^application\/(x-amz-)?json\b/.test(raw.contentType)) throw new UnreadableAnswer("The answer is not JSON.");
  const value = parse(raw.body);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new UnreadableAnswer("The answer is not a JSON object.");
  return value as Record<string, unknown>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UnreadableAnswer("The answer is not JSON.", { cause: error });
  }
}

/** The root element that a real answer has, whatever it holds, to its end: the SDK reads what came of one that was cut. */
export function requireXmlRoot({ body }: RawAnswer, root: string): void {
  const [, found] = /^\s*(?:<\?xml[^>]*\?>\s*)?<([A-Za-z]+)[\s/>]/.exec(body) ?? [];
  const isWhole = body.trimEnd().endsWith(`</${root}>`) || /^\s*(?:<\?xml[^>]*\?>\s*)?<[^<>]*\/>\s*$/.test(body);
  if (found !== root || !isWhole) throw new UnreadableAnswer(`The answer is no whole ${root}.`);
}

/** A flag as it stands in the answer: the SDK takes whatever is not "true" for false. */
export function xmlFlag({ body }: RawAnswer, name: string): boolean {
  const [found, ...more] = body.matchAll(new RegExp(`<${name}>\\s*(true|false)\\s*</${name}>`, "gi"));
  if (found?.[1] === undefined || more.length > 0) throw new UnreadableAnswer(`The answer has no ${name}.`);
  return found[1].toLowerCase() === "true";
}
