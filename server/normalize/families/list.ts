import { ai21 } from "./ai21.ts";
import { anthropicMessages } from "./anthropic-messages.ts";
import { anthropicText } from "./anthropic-text.ts";
import { cohere } from "./cohere.ts";
import { converse } from "./converse.ts";
import { embedding } from "./embedding.ts";
import type { BodyPart, FamilyReader } from "./family-reader.ts";
import { llama } from "./llama.ts";
import { media } from "./media.ts";
import { mistral } from "./mistral.ts";
import { nova } from "./nova.ts";
import { openai } from "./openai.ts";
import { titanText } from "./titan-text.ts";

/** The first one that knows the body reads it. */
export const families: readonly FamilyReader[] = [
  converse,
  anthropicMessages,
  anthropicText,
  nova,
  titanText,
  llama,
  cohere,
  ai21,
  mistral,
  openai,
  embedding,
  media,
];

/** By operation and body keys, never by model id; the answer tells more than the request. Null: no reader knows it. */
export function chooseFamily(
  operation: string | null,
  input: readonly BodyPart[],
  output: readonly BodyPart[],
): FamilyReader | null {
  if (operation?.startsWith("Converse") === true) return converse;
  return firstKnown(output, "knowsOutput") ?? firstKnown(input, "knowsInput") ?? null;
}

function firstKnown(parts: readonly BodyPart[], knows: "knowsOutput" | "knowsInput"): FamilyReader | undefined {
  for (const { value } of parts) {
    const found = families.find((family) => family[knows](value));
    if (found !== undefined) return found;
  }
  return undefined;
}
