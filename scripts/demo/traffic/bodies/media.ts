import type { BodyFamily } from "./body-family.ts";
import { openRandom } from "../random.ts";
import { questionOf } from "./prompt.ts";

/** A small picture's worth of base64; nobody decodes it. */
const picture = (text: string): string => `iVBORw0KGgo${openRandom("picture", text).token(600)}=`;

export const media: BodyFamily = {
  id: "media",
  input: (call) => ({
    text_prompts: [{ text: questionOf(call), weight: 1 }],
    mode: "text-to-image",
    aspect_ratio: "3:2",
    output_format: "png",
  }),
  output: (call) => ({ seeds: [call.usage.input * 7919], finish_reasons: [null], images: [picture(questionOf(call))] }),
  events: null,
};
