import type { Invocation, InvocationContent, Segment } from "../domain/invocation.ts";
import type { Features } from "../domain/signal.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import { sha256Hex } from "../lib/hash.ts";
import { languageOf } from "./language.ts";
import { outcomeOf, refusalCategoryOf } from "./outcome.ts";
import type { PlacedSegment } from "./positions.ts";

export interface FeatureDeps {
  readonly hmac: (text: string) => string;
}

/** A record; `segments` are those of its content. */
export interface PlacedRecord {
  readonly invocation: Invocation;
  readonly content: InvocationContent;
  readonly segments: readonly PlacedSegment[];
}

/** Kinds that are turns of a conversation. Reasoning is left out: clients drop it when they send an answer back. */
const turnKinds: ReadonlySet<string> = new Set([
  "user",
  "assistant",
  "toolCall",
  "toolResult",
  "document",
  "searchResult",
  "image",
]);

/** Columns that are computed at ingest. Hashes of hashes need no key of their own: what they hash is keyed. */
export function featuresOf(
  { hmac }: FeatureDeps,
  { content, invocation, segments }: PlacedRecord,
  ruleSet: string,
): Features {
  const system = content.segments.filter(({ kind, text }) => kind === "system" && text !== null);
  const user = segments
    .filter(({ segment, position }) => segment.kind === "user" && segment.text !== null && position === "new")
    .map(({ segment }) => segment);
  const hasInput = content.segments.some(({ side }) => side === "input");
  const turns = segments.filter(({ segment }) => turnKinds.has(segment.kind));
  const history = turns.filter(({ segment, position }) => segment.side === "input" && position === "history");
  return {
    outcome: outcomeOf(invocation, content),
    userHash: joinedHash(user),
    userChars: hasInput ? charsOf(user) : null,
    systemHash: joinedHash(system),
    systemChars: hasInput ? charsOf(system) : null,
    conversationHash: content.segments.find(({ kind, hash }) => kind === "user" && hash !== null)?.hash ?? null,
    historyHash: turnsHash(history),
    extendedHash: hasInput ? turnsHash(turns) : null,
    toolCallHashes: toolCallHashes(hmac, invocation, content.segments),
    language: languageOf(user[0]?.text ?? ""),
    refusalCategory: refusalCategoryOf(invocation, content),
    scan: [`rules:${ruleSet}`, ...notScanned(invocation, content).map((reason) => `not-scanned:${reason}`)],
  };
}

function charsOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
}

/** Of one segment its own hash, of several the hash of their hashes. */
function joinedHash(segments: readonly Segment[]): string | null {
  const [first] = segments;
  if (first === undefined) return null;
  return segments.length === 1 ? first.hash : sha256Hex(segments.map(({ hash }) => hash ?? "").join("\n"));
}

function turnsHash(turns: readonly PlacedSegment[]): string | null {
  if (turns.length === 0) return null;
  return sha256Hex(turns.map(({ segment }) => `${segment.role ?? ""} ${segment.hash ?? segment.kind}`).join("\n"));
}

function toolCallHashes(
  hmac: (text: string) => string,
  { toolCallCount }: Invocation,
  segments: readonly Segment[],
): readonly string[] | null {
  if (toolCallCount === null) return null;
  if (toolCallCount === 0) return [];
  return segments
    .filter(({ side, kind }) => side === "output" && kind === "toolCall")
    .map(({ name, text }) => hmac(`${name ?? ""}\n${canonicalArguments(text ?? "")}`));
}

/** Arguments in one spelling; a stream that broke off leaves text that is no JSON, which then stands for itself. */
function canonicalArguments(text: string): string {
  try {
    return canonicalJson(JSON.parse(text));
  } catch {
    return text;
  }
}

const mediaKinds: ReadonlySet<string> = new Set(["image", "video", "audio", "document"]);

/** Why a part of the record was not read. */
function notScanned(invocation: Invocation, content: InvocationContent): readonly string[] {
  const { inputBodyState, outputBodyState, anomalies } = invocation;
  const reasons = new Set<string>();
  if (inputBodyState === "absent" || outputBodyState === "absent") reasons.add("no-body");
  const isElsewhere = (state: Invocation["inputBodyState"], body: string | null) => state === "s3" && body === null;
  if (isElsewhere(inputBodyState, content.inputBody) || isElsewhere(outputBodyState, content.outputBody))
    reasons.add("body-in-s3");
  if (!content.complete) reasons.add("limit");
  if (anomalies.includes("stream-string")) reasons.add("parse");
  if (content.segments.some(({ kind, text }) => text === null && mediaKinds.has(kind))) reasons.add("media");
  return [...reasons];
}
