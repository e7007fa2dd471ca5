import { asArray, asText, fieldsOf, type JsonObject } from "../json-values.ts";
import { toolCallText, toolDefinition, type Segments } from "../segments.ts";
import { readAnthropicStream } from "./anthropic-stream.ts";
import { addText, readContent, readMessages, resultText, type BlockPlace } from "./chat-blocks.ts";
import type { BodyPart, FamilyReader } from "./family-reader.ts";

const types = new Set<unknown>([
  "message",
  "message_start",
  "content_block_start",
  "content_block_delta",
  "message_delta",
]);

export const anthropicMessages: FamilyReader = {
  id: "anthropic-messages",
  knowsOutput: (part) => types.has(part["type"]),
  knowsInput: (part) => part["anthropic_version"] !== undefined && part["messages"] !== undefined,
  readInput(parts, segments) {
    for (const part of parts) readRequest(part, segments);
  },
  readOutput(parts, segments) {
    let stopReason: string | null = null;
    for (const { value, path } of parts) {
      if (value["type"] !== "message") continue;
      readAnswer(value, path, segments);
      stopReason = asText(value["stop_reason"]) ?? stopReason;
    }
    return readAnthropicStream(parts, segments) ?? stopReason;
  },
};

function readRequest({ value, path }: BodyPart, segments: Segments): void {
  const system = { role: "system", turn: null, path: `${path}/system` } as const;
  if (value["system"] !== undefined) readContent(value["system"], system, segments, readBlock);
  asArray(value["tools"]).forEach((tool, index) => {
    const { name, description, input_schema } = fieldsOf(tool);
    segments.add(toolDefinition(`${path}/tools/${index}`, asText(name), description, input_schema));
  });
  readMessages(value["messages"], `${path}/messages`, segments, (message, place) => {
    readContent(message["content"], { ...place, path: `${place.path}/content` }, segments, readBlock);
  });
}

function readAnswer(answer: JsonObject, path: string, segments: Segments): void {
  const place = { role: "assistant", turn: null, path: `${path}/content` } as const;
  if (answer["content"] !== undefined) readContent(answer["content"], place, segments, readBlock);
}

function readBlock(block: JsonObject, place: BlockPlace, segments: Segments): boolean {
  const { role, turn, path } = place;
  const type = asText(block["type"]) ?? "text";
  const text = asText(block["text"]);
  if (type === "text" && text !== null) addText(text, { ...place, path: `${path}/text` }, segments);
  else if (type === "thinking" || type === "redacted_thinking") {
    segments.add({ kind: "reasoning", role: "assistant", turn, path, text: asText(block["thinking"]) });
  } else if (type.endsWith("tool_use")) readToolUse(block, place, segments);
  else if (type.endsWith("tool_result")) readToolResult(block, place, segments);
  else if (type === "search_result") {
    const piece = {
      name: asText(block["title"]),
      uri: asText(block["source"]),
      text: resultText(block["content"], never),
    };
    segments.add({ kind: "searchResult", role, turn, path, ...piece });
  } else return readMedium(block, place, segments);
  return true;
}

function never(): boolean {
  return false;
}

function readToolUse(block: JsonObject, { turn, path }: BlockPlace, segments: Segments): void {
  const { name, id, input } = block;
  const piece = { name: asText(name), refId: asText(id), text: toolCallText(input ?? {}) };
  segments.add({ kind: "toolCall", role: "assistant", turn, path, ...piece });
}

function readToolResult(block: JsonObject, { turn, path }: BlockPlace, segments: Segments): void {
  const { content, tool_use_id, is_error } = block;
  const isError = typeof is_error === "boolean" ? is_error : null;
  const piece = { text: resultText(content, isMedium), refId: asText(tool_use_id), isError };
  segments.add({ kind: "toolResult", role: "tool", turn, path, ...piece });
  asArray(content).forEach((part, index) => {
    readMedium(fieldsOf(part), { role: "tool", turn, path: `${path}/content/${index}` }, segments);
  });
}

function isMedium({ type }: JsonObject): boolean {
  return type === "image" || type === "document";
}

/** Base64 is no text: it stays in the body. A plain-text document is read. */
function readMedium(block: JsonObject, { role, turn, path }: BlockPlace, segments: Segments): boolean {
  if (!isMedium(block)) return false;
  const { type, data, content, url } = fieldsOf(block["source"]);
  const inline = type === "text" ? asText(data) : content === undefined ? null : resultText(content, never);
  const kind = block["type"] === "image" ? "image" : "document";
  segments.add({ kind, role, turn, path, name: asText(block["title"]), uri: asText(url), text: inline });
  return true;
}
