import { asArray, asObject, asText, fieldsOf, type JsonObject } from "../json-values.ts";
import { toolCallText, toolDefinition, type Segments } from "../segments.ts";
import { addText, asRole, readContent, readMessages, resultText, type BlockPlace } from "./chat-blocks.ts";
import type { BodyPart, FamilyReader } from "./family-reader.ts";
import { firstOf } from "./answer-list.ts";
import { BlockStream } from "./block-stream.ts";
import { lastStop } from "./prompt-text.ts";

/** Chat completions, text completions and Responses. */
export const openai: FamilyReader = {
  id: "openai",
  knowsOutput: (part) => Array.isArray(part["choices"]) || Array.isArray(part["output"]),
  knowsInput: (part) => Array.isArray(part["messages"]),
  readInput(parts, segments) {
    for (const part of parts) readRequest(part, segments);
  },
  readOutput(parts, segments) {
    const stream = new BlockStream();
    for (const { value, path } of parts) {
      asArray(value["choices"]).forEach((choice, index) => {
        readChoice(fieldsOf(choice), `${path}/choices/${index}`, segments, stream);
      });
      readItems(value["output"], `${path}/output`, segments, "assistant");
    }
    stream.addTo(segments);
    return lastStop(parts, (part) => firstOf(part, "choices")["finish_reason"] ?? part["status"]);
  },
};

function readRequest({ value, path }: BodyPart, segments: Segments): void {
  const { instructions, tools, messages, prompt, input } = value;
  const system = { role: "system", turn: null, path: `${path}/instructions` } as const;
  if (typeof instructions === "string") addText(instructions, system, segments);
  asArray(tools).forEach((tool, index) => readTool(fieldsOf(tool), `${path}/tools/${index}`, segments));
  readMessages(messages, `${path}/messages`, segments, readMessage);
  const user = { role: "user", turn: null } as const;
  if (prompt !== undefined) readContent(prompt, { ...user, path: `${path}/prompt` }, segments, readBlock);
  if (typeof input === "string") addText(input, { ...user, path: `${path}/input` }, segments);
  else readItems(input, `${path}/input`, segments, "user");
}

function readTool(tool: JsonObject, path: string, segments: Segments): void {
  const { name, description, parameters } = fieldsOf(tool["function"] ?? tool);
  segments.add(toolDefinition(path, asText(name), description, parameters));
}

function readMessage(message: JsonObject, place: BlockPlace, segments: Segments): void {
  const { content, refusal, tool_call_id, tool_calls } = message;
  const at = { ...place, path: `${place.path}/content` };
  const thought = asText(message["reasoning_content"]) ?? asText(message["reasoning"]);
  if (thought !== null) {
    segments.add({ kind: "reasoning", role: "assistant", turn: place.turn, path: place.path, text: thought });
  }
  if (place.role === "tool") {
    const piece = { text: resultText(content, () => false), refId: asText(tool_call_id) };
    segments.add({ kind: "toolResult", role: "tool", turn: place.turn, path: at.path, ...piece });
  } else if (content !== undefined && content !== null) readContent(content, at, segments, readBlock);
  else if (typeof refusal === "string") addText(refusal, { ...place, path: `${place.path}/refusal` }, segments);
  asArray(tool_calls).forEach((call, index) => {
    readCall(fieldsOf(call), { ...place, path: `${place.path}/tool_calls/${index}` }, segments);
  });
}

function readCall(call: JsonObject, { turn, path }: BlockPlace, segments: Segments): void {
  const { name, arguments: input } = fieldsOf(call["function"] ?? call);
  const refId = asText(call["call_id"]) ?? asText(call["id"]);
  segments.add({
    kind: "toolCall",
    role: "assistant",
    turn,
    path,
    name: asText(name),
    refId,
    text: toolCallText(input ?? {}),
  });
}

function readBlock(block: JsonObject, place: BlockPlace, segments: Segments): boolean {
  const { type, text, refusal, image_url } = block;
  const said = asText(text) ?? asText(refusal);
  if (said !== null)
    addText(said, { ...place, path: `${place.path}/${text === undefined ? "refusal" : "text"}` }, segments);
  else if (type === "image_url" || type === "input_image") {
    const uri = asText(image_url) ?? asText(fieldsOf(image_url)["url"]);
    segments.add({ kind: "image", role: place.role, turn: place.turn, path: place.path, uri: linkOnly(uri) });
  } else return false;
  return true;
}

/** A picture inside its own link is no link. */
function linkOnly(uri: string | null): string | null {
  return uri?.startsWith("data:") === true ? null : uri;
}

/** A choice of a plain answer, or its part in one event of a stream. */
function readChoice(choice: JsonObject, path: string, segments: Segments, stream: BlockStream): void {
  const { message, text, delta, index } = choice;
  const place = { role: "assistant", turn: null, path: `${path}/message` } as const;
  if (asObject(message) !== null) readMessage(fieldsOf(message), place, segments);
  if (typeof text === "string") stream.block(index, path).text += text;
  const { content, reasoning, reasoning_content, refusal, tool_calls } = fieldsOf(delta);
  const thought = asText(reasoning_content) ?? asText(reasoning);
  if (thought !== null) {
    const block = stream.block(`${String(index)} reasoning`, path);
    block.kind = "reasoning";
    block.text += thought;
  }
  const said = asText(content) ?? asText(refusal);
  if (said !== null) stream.block(index, path).text += said;
  for (const call of asArray(tool_calls)) joinCall(fieldsOf(call), index, path, stream);
}

function joinCall(call: JsonObject, choice: unknown, path: string, stream: BlockStream): void {
  const block = stream.block(`${String(choice)} call ${String(call["index"])}`, path);
  const { name, arguments: input } = fieldsOf(call["function"]);
  block.kind = "toolCall";
  block.name ??= asText(name);
  block.refId ??= asText(call["id"]);
  block.text += asText(input) ?? "";
}

/** Items of the Responses form, on either side. */
function readItems(items: unknown, path: string, segments: Segments, speaker: "user" | "assistant"): void {
  asArray(items).forEach((item, turn) => {
    const fields = fieldsOf(item);
    const place = {
      role: asRole(fields["role"] ?? speaker),
      turn: speaker === "user" ? turn : null,
      path: `${path}/${turn}`,
    };
    if (!readItem(fields, place, segments)) segments.addLeaves(item, place.path, place.turn);
  });
}

function readItem(item: JsonObject, place: BlockPlace, segments: Segments): boolean {
  const { type, content, summary, output, call_id } = item;
  const { turn, path } = place;
  if (type === "function_call") readCall(item, place, segments);
  else if (type === "function_call_output") {
    const piece = { text: resultText(output, () => false), refId: asText(call_id) };
    segments.add({ kind: "toolResult", role: "tool", turn, path, ...piece });
  } else if (type === "reasoning") {
    const text = resultText(content ?? summary, () => false);
    segments.add({ kind: "reasoning", role: "assistant", turn, path, text });
  } else if (content !== undefined) readContent(content, { ...place, path: `${path}/content` }, segments, readBlock);
  else return false;
  return true;
}
