import { canonicalJson } from "../../lib/canonical-json.ts";
import { asArray, asObject, asText, fieldsOf, type JsonObject } from "../json-values.ts";
import type { Role, Segments } from "../segments.ts";

/** Whose words a block holds, and where it stands. */
export interface BlockPlace {
  readonly role: Role;
  readonly turn: number | null;
  readonly path: string;
}

/** Adds the block's segments; false if it is of no known kind. */
export type ReadBlock = (block: JsonObject, place: BlockPlace, segments: Segments) => boolean;

/** A role that nobody knows speaks as the user: it is never taken for the system. */
export function asRole(role: unknown): Exclude<Role, null> {
  if (role === "system" || role === "developer") return "system";
  return role === "assistant" || role === "tool" ? role : "user";
}

export function addText(text: string, { role, turn, path }: BlockPlace, segments: Segments): void {
  const kind = role === "system" || role === "assistant" ? role : role === "tool" ? "toolResult" : "user";
  segments.add({ kind, role, turn, path, text });
}

/** Content as a string or as a list of blocks; what the reader of blocks does not know becomes leaves. */
export function readContent(content: unknown, place: BlockPlace, segments: Segments, readBlock: ReadBlock): void {
  if (typeof content === "string") return addText(content, place, segments);
  if (!Array.isArray(content)) return segments.addLeaves(content ?? null, place.path, place.turn);
  content.forEach((block: unknown, index) => {
    const here = { ...place, path: `${place.path}/${index}` };
    if (typeof block === "string") return addText(block, here, segments);
    const fields = asObject(block);
    if (fields === null || !readBlock(fields, here, segments)) segments.addLeaves(block, here.path, here.turn);
  });
}

/** Messages of a chat: `content` by role, one turn each. */
export function readMessages(
  messages: unknown,
  path: string,
  segments: Segments,
  readMessage: (message: JsonObject, place: BlockPlace, segments: Segments) => void,
): void {
  asArray(messages).forEach((message, turn) => {
    const fields = fieldsOf(message);
    const place = { role: asRole(fields["role"]), turn, path: `${path}/${turn}` };
    if (asObject(message) === null) segments.addLeaves(message, place.path, turn);
    else readMessage(fields, place, segments);
  });
}

/** The words of a tool's result: texts as they are, everything else as JSON, one a line. Media are left to the caller. */
export function resultText(content: unknown, isMedia: (block: JsonObject) => boolean): string | null {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return content === undefined || content === null ? null : canonicalJson(content);
  const lines = content.filter((block) => !isMedia(fieldsOf(block))).map(blockText);
  return lines.length === 0 && content.length > 0 ? null : lines.join("\n");
}

function blockText(block: unknown): string {
  if (typeof block === "string") return block;
  const { text, json } = fieldsOf(block);
  return asText(text) ?? canonicalJson(json ?? block);
}
