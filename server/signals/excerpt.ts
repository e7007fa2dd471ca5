import { visibleText } from "../domain/visible-text.ts";

const longest = 160;
const aroundSpan = 50;

/** What an excerpt never shows, whichever rule it belongs to: it leaves out too much rather than too little. */
const veils: readonly (readonly [RegExp, string])[] = [
  [/\b(?:[a-z][a-z0-9+.-]{1,20}:\/\/|www\.)[^\s"'<>]{1,2000}/gi, "[link]"],
  [/[^\s@"'<>()]{1,64}@[^\s@"'<>()]{1,255}/g, "[e-mail]"],
  [/(?=[A-Za-z0-9+/_=-]{0,80}\d)(?=[A-Za-z0-9+/_=-]{0,80}[A-Za-z])[A-Za-z0-9+/_=-]{20,2000}/g, "[token]"],
  [/\+?\d(?:[ .()/-]{0,2}\d){7,40}/g, "[digits]"],
];

function veiled(text: string): string {
  return veils.reduce((shown, [pattern, word]) => shown.replace(pattern, word), text);
}

/** On one line, visible, without what could become a link, and not longer than may be kept. */
function inert(text: string): string {
  const shown = visibleText(text.replace(/[\s\p{Zs}]+/gu, " "))
    .replaceAll("](", "] (")
    .replaceAll("`", "'");
  return shown.length <= longest ? shown : `${shown.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** The span between its neighbours, redacted. `word` stands for the span when it must not be shown. */
export function excerptOf(text: string, start: number, end: number, word: string | null): string {
  const from = Math.max(0, start - aroundSpan);
  const before = veiled(text.slice(Math.max(0, from - longest), start)).slice(-aroundSpan);
  const span = word ?? veiled(text.slice(start, Math.min(end, start + longest)));
  const after = veiled(text.slice(end, end + longest)).slice(0, aroundSpan);
  return inert(before + span + after);
}

/** An excerpt of a text that was found decoded. */
export function decodedExcerpt(text: string): string {
  return inert(veiled(text.slice(0, longest)));
}
