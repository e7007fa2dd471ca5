import { asArray, asText, fieldsOf, type JsonObject } from "../json-values.ts";
import { toolCallText, toolDefinition, type Segments } from "../segments.ts";
import { addText, readContent, readMessages, resultText, type BlockPlace } from "./chat-blocks.ts";
import type { BodyPart, FamilyReader } from "./family-reader.ts";
import { readConverseStream } from "./converse-stream.ts";

/** Chosen by operation, never by what a body holds. */
export const converse: FamilyReader = {
  id: "converse",
  knowsOutput: () => false,
  knowsInput: () => false,
  readInput: readConverseInput,
  readOutput: readConverseOutput,
};

export function readConverseInput(parts: readonly BodyPart[], segments: Segments): void {
  for (const { value, path } of parts) {
    const system = { role: "system", turn: null, path: `${path}/system` } as const;
    if (value["system"] !== undefined) readContent(value["system"], system, segments, readConverseBlock);
    readTools(fieldsOf(value["toolConfig"])["tools"], `${path}/toolConfig/tools`, segments);
    readMessages(value["messages"], `${path}/messages`, segments, readConverseMessage);
  }
}

export function readConverseOutput(parts: readonly BodyPart[], segments: Segments): string | null {
  let stopReason: string | null = null;
  for (const { value, path } of parts) {
    const message = fieldsOf(fieldsOf(value["output"])["message"]);
    const place = { role: "assistant", turn: null, path: `${path}/output/message` } as const;
    if (message["content"] !== undefined) readConverseMessage(message, place, segments);
    stopReason = asText(value["stopReason"]) ?? stopReason;
  }
  return readConverseStream(parts, segments) ?? stopReason;
}

function readTools(tools: unknown, path: string, segments: Segments): void {
  asArray(tools).forEach((tool, index) => {
    const { toolSpec, systemTool } = fieldsOf(tool);
    const { name, description, inputSchema } = fieldsOf(toolSpec ?? systemTool);
    if (toolSpec === undefined && systemTool === undefined) return;
    const at = `${path}/${index}/${toolSpec === undefined ? "systemTool" : "toolSpec"}`;
    segments.add(toolDefinition(at, asText(name), description, fieldsOf(inputSchema)["json"]));
  });
}

function readConverseMessage(message: JsonObject, place: BlockPlace, segments: Segments): void {
  readContent(message["content"], { ...place, path: `${place.path}/content` }, segments, readConverseBlock);
}

function readConverseBlock(block: JsonObject, place: BlockPlace, segments: Segments): boolean {
  const text = asText(block["text"]);
  if (text !== null) addText(text, { ...place, path: `${place.path}/text` }, segments);
  else return readOddBlock(block, place, segments);
  return true;
}

function readOddBlock(block: JsonObject, place: BlockPlace, segments: Segments): boolean {
  if (block["cachePoint"] !== undefined) return true;
  if (block["guardContent"] !== undefined) return readGuardContent(fieldsOf(block["guardContent"]), place, segments);
  if (block["toolUse"] !== undefined) return readToolUse(fieldsOf(block["toolUse"]), place, segments);
  if (block["toolResult"] !== undefined) return readToolResult(fieldsOf(block["toolResult"]), place, segments);
  if (block["reasoningContent"] !== undefined)
    return readReasoning(fieldsOf(block["reasoningContent"]), place, segments);
  if (block["citationsContent"] !== undefined)
    return readCitations(fieldsOf(block["citationsContent"]), place, segments);
  if (block["searchResult"] !== undefined) return readSearchResult(fieldsOf(block["searchResult"]), place, segments);
  return readMedium(block, place, segments);
}

function readGuardContent(guard: JsonObject, place: BlockPlace, segments: Segments): boolean {
  const text = asText(fieldsOf(guard["text"])["text"]);
  const path = `${place.path}/guardContent`;
  if (text === null) return readMedium(guard, { ...place, path }, segments);
  addText(text, { ...place, path: `${path}/text/text` }, segments);
  return true;
}

function readToolUse(use: JsonObject, { turn, path }: BlockPlace, segments: Segments): boolean {
  const { name, toolUseId, input } = use;
  const piece = { name: asText(name), refId: asText(toolUseId), text: toolCallText(input ?? {}) };
  segments.add({ kind: "toolCall", role: "assistant", turn, path: `${path}/toolUse`, ...piece });
  return true;
}

function readToolResult(result: JsonObject, { turn, path }: BlockPlace, segments: Segments): boolean {
  const { content, status, toolUseId } = result;
  const at = `${path}/toolResult`;
  const isError = status === undefined ? null : status === "error";
  const piece = { text: resultText(content, isMedium), refId: asText(toolUseId), isError };
  segments.add({ kind: "toolResult", role: "tool", turn, path: at, ...piece });
  asArray(content).forEach((block, index) => {
    readMedium(fieldsOf(block), { role: "tool", turn, path: `${at}/content/${index}` }, segments);
  });
  return true;
}

function readReasoning(reasoning: JsonObject, { turn, path }: BlockPlace, segments: Segments): boolean {
  const text = asText(fieldsOf(reasoning["reasoningText"])["text"]);
  const at = `${path}/reasoningContent`;
  segments.add({ kind: "reasoning", role: "assistant", turn, path: at, text });
  return true;
}

function readCitations(citations: JsonObject, place: BlockPlace, segments: Segments): boolean {
  const path = `${place.path}/citationsContent/content`;
  readContent(citations["content"], { ...place, path }, segments, readConverseBlock);
  return true;
}

function readSearchResult(result: JsonObject, { role, turn, path }: BlockPlace, segments: Segments): boolean {
  const { title, source, content } = result;
  const piece = { name: asText(title), uri: asText(source), text: resultText(content, () => false) };
  segments.add({ kind: "searchResult", role, turn, path: `${path}/searchResult`, ...piece });
  return true;
}

const media = ["document", "image", "video", "audio"] as const;

function isMedium(block: JsonObject): boolean {
  return media.some((kind) => block[kind] !== undefined) || block["searchResult"] !== undefined;
}

/** Media lie in S3 or as bytes beside the text; only a text document is inline. */
function readMedium(block: JsonObject, { role, turn, path }: BlockPlace, segments: Segments): boolean {
  if (block["searchResult"] !== undefined) {
    return readSearchResult(fieldsOf(block["searchResult"]), { role, turn, path }, segments);
  }
  const kind = media.find((name) => block[name] !== undefined);
  if (kind === undefined) return false;
  const { name, source } = fieldsOf(block[kind]);
  const { s3Uri, s3Location, text, content } = fieldsOf(source);
  const uri = asText(s3Uri) ?? asText(fieldsOf(s3Location)["uri"]);
  const inline = asText(text) ?? (content === undefined ? null : resultText(content, () => false));
  segments.add({ kind, role, turn, path: `${path}/${kind}`, name: asText(name), uri, text: inline });
  return true;
}
