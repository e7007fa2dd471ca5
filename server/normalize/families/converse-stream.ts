import { asText, fieldsOf, type JsonObject } from "../json-values.ts";
import type { Segments } from "../segments.ts";
import { BlockStream, type StreamedBlock } from "./block-stream.ts";
import type { BodyPart } from "./family-reader.ts";

/** Events of a streamed answer in Converse's and Nova's form; answers with the stop reason. */
export function readConverseStream(parts: readonly BodyPart[], segments: Segments): string | null {
  const stream = new BlockStream();
  let stopReason: string | null = null;
  for (const { value, path } of parts) {
    const { contentBlockStart, contentBlockDelta, messageStop } = value;
    if (contentBlockStart !== undefined) start(fieldsOf(contentBlockStart), path, stream);
    if (contentBlockDelta !== undefined) delta(fieldsOf(contentBlockDelta), path, stream);
    stopReason = asText(fieldsOf(messageStop)["stopReason"]) ?? stopReason;
  }
  stream.addTo(segments);
  return stopReason;
}

function start(event: JsonObject, path: string, stream: BlockStream): void {
  const block = stream.block(event["contentBlockIndex"], path);
  const { toolUse } = fieldsOf(event["start"]);
  if (toolUse !== undefined) asToolCall(block, fieldsOf(toolUse));
}

function asToolCall(block: StreamedBlock, { name, toolUseId }: JsonObject): void {
  block.kind = "toolCall";
  block.name = asText(name);
  block.refId = asText(toolUseId);
}

function delta(event: JsonObject, path: string, stream: BlockStream): void {
  const block = stream.block(event["contentBlockIndex"], path);
  const { text, toolUse, reasoningContent } = fieldsOf(event["delta"]);
  if (reasoningContent !== undefined) block.kind = "reasoning";
  if (toolUse !== undefined) block.kind = "toolCall";
  block.text += asText(text) ?? asText(fieldsOf(toolUse)["input"]) ?? asText(fieldsOf(reasoningContent)["text"]) ?? "";
}
