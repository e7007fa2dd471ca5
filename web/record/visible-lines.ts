import { visibleText } from "../../server/domain/visible-text.ts";

/** Text of many lines as it may be shown: line feeds and tabs stay, all else that hides is a token. */
export function visibleLines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.split("\t").map(visibleText).join("\t"))
    .join("\n");
}

/** The first `length` UTF-16 units, never half of a pair. */
export function firstPart(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  const splits = length < text.length && last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splits ? length - 1 : length);
}
