const plain = /^[\x20-\x7e]*$/;

/** Emoji sequences, and joiners between letters of scripts that need them: hidden characters with a meaning to the reader. */
const meant =
  /\p{Extended_Pictographic}[\u{1F3FB}-\u{1F3FF}]?\uFE0F?(?:\u200D\p{Extended_Pictographic}[\u{1F3FB}-\u{1F3FF}]?\uFE0F?){0,8}|(?<=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}])[\u200C\u200D](?=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}])/u;

/** Controls, format and bidi characters, tags, variation selectors, blank fillers, separators, private, unassigned, lone surrogates. */
const hidden =
  /[\u{E0100}-\u{E01EF}\uFE00-\uFE0F\u034F\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\u115F\u1160\u17B4\u17B5\u180B-\u180F\u3164\uFFA0]/u;

const meantOrHidden = new RegExp(`(${meant.source})|${hidden.source}`, "gu");

function token(character: string): string {
  const codePoint = character.codePointAt(0) ?? 0;
  return `[U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}]`;
}

/**
 * `text` with each character that hides, reorders or commands shown as a token, `[U+202E]`: it can drive no terminal and
 * fool no reader. Line feeds and tabs become tokens too, so the answer is one line.
 */
export function visibleText(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(meantOrHidden, (found: string, kept: string | undefined) => kept ?? token(found));
}
