import { UnreadableAnswer } from "./raw-answer.ts";

/** A policy of IAM as it stands, parsed: what it says is for a judge to tell. */
export type PolicyDocument = Readonly<Record<string, unknown>>;

/** Throws `UnreadableAnswer` for a text that is no policy. */
export function parsePolicy(text: string): PolicyDocument {
  const value = parse(text);
  if (typeof value !== "object" || value === null || !("Statement" in value))
    throw new UnreadableAnswer("A policy has no statement.");
  return value as PolicyDocument;
}

/** IAM hands its documents over as they would stand in a URL. */
export function parseEncodedPolicy(text: string): PolicyDocument {
  return parsePolicy(decoded(text));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new UnreadableAnswer("A policy is not encoded as IAM does it.", { cause: error });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UnreadableAnswer("A policy is not JSON.", { cause: error });
  }
}
