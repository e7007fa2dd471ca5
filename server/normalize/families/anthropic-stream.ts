import { asText, fieldsOf, type JsonObject } from "../json-values.ts";
import type { Segments } from "../segments.ts";
import { BlockStream, type StreamedBlock } from "./block-stream.ts";
import type { BodyPart } from "./family-reader.ts";

/** Events of a streamed answer; answers with the stop reason. */
export function readAnthropicStream(parts: readonly BodyPart[], segments: Segments): string | null {
  const stream = new BlockStream();
  let stopReason: string | null = null;
  for (const { value, path } of parts) {
    if (value["type"] === "content_block_start") start(value, path, stream);
    if (value["type"] === "content_block_delta") delta(value, path, stream);
    if (value["type"] === "message_delta") stopReason = asText(fieldsOf(value["delta"])["stop_reason"]) ?? stopReason;
  }
  stream.addTo(segments);
  return stopReason;
}

function start(event: JsonObject, path: string, stream: BlockStream): void {
  const block = stream.block(event["index"], path);
  const { type, text, thinking, name, id } = fieldsOf(event["content_block"]);
  const kind = asText(type) ?? "text";
  if (kind.endsWith("thinking")) block.kind = "reasoning";
  if (kind.endsWith("tool_use")) block.kind = "toolCall";
  if (kind.endsWith("tool_result")) block.kind = "toolResult";
  block.name = asText(name);
  block.refId = asText(id) ?? asText(fieldsOf(event["content_block"])["tool_use_id"]);
  block.text += asText(text) ?? asText(thinking) ?? "";
}

function delta(event: JsonObject, path: string, stream: BlockStream): void {
  const block = stream.block(event["index"], path);
  const { type, text, thinking, partial_json } = fieldsOf(event["delta"]);
  mend(block, type);
  block.text += asText(text) ?? asText(thinking) ?? asText(partial_json) ?? "";
}

/** A stream that was cut at its beginning: the kind of its deltas tells that of the block. */
function mend(block: StreamedBlock, type: unknown): void {
  if (block.kind !== "assistant") return;
  if (type === "thinking_delta") block.kind = "reasoning";
  if (type === "input_json_delta") block.kind = "toolCall";
}
