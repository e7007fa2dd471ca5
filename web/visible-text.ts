/** An emoji sequence keeps its joiners: they mean what the reader sees. */
const emoji = /\p{Extended_Pictographic}\uFE0F?(?:\u200D\p{Extended_Pictographic}\uFE0F?){0,8}/u;

/** Controls, format and bidi characters, tags, variation selectors, blank fillers, separators, unassigned, lone surrogates. */
// The combining marks are meant one by one.
const hidden =
  // oxlint-disable-next-line no-misleading-character-class
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u3164\uFFA0\uFE00-\uFE0F\u{E0100}-\u{E01EF}]/u;

const emojiOrHidden = new RegExp(`(${emoji.source})|${hidden.source}`, "gu");

/** Text from a record, a name or a person, with what hides or reorders it shown as tokens: `[U+202E]`. */
export function visibleText(text: string): string {
  return text.replaceAll(emojiOrHidden, (found: string, kept: string | undefined) => {
    if (kept !== undefined) return kept;
    const point = found.codePointAt(0) ?? 0;
    return `[U+${point.toString(16).toUpperCase().padStart(4, "0")}]`;
  });
}
