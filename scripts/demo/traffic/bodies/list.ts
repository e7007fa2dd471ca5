import type { FamilyId } from "../exchange.ts";
import { ai21 } from "./ai21.ts";
import { anthropicMessages } from "./anthropic-messages.ts";
import { anthropicText } from "./anthropic-text.ts";
import type { BodyFamily } from "./body-family.ts";
import { cohere } from "./cohere.ts";
import { embedding } from "./embedding.ts";
import { llama } from "./llama.ts";
import { media } from "./media.ts";
import { mistral } from "./mistral.ts";
import { nova } from "./nova.ts";
import { openai } from "./openai.ts";
import { titanText } from "./titan-text.ts";

export const bodyFamilies: Readonly<Record<FamilyId, BodyFamily>> = {
  "anthropic-messages": anthropicMessages,
  "anthropic-text": anthropicText,
  nova,
  "titan-text": titanText,
  llama,
  cohere,
  ai21,
  mistral,
  openai,
  embedding,
  media,
};
