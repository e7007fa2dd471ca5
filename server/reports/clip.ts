const longest = 160;

/** At most 160 characters for a reader; the JSON and CSV formats hold the whole text. */
export function clip(text: string): string {
  return clipTo(longest, text);
}

/** At most so many characters; what is cut ends in `…`. */
export function clipTo(length: number, text: string): string {
  if (text.length <= length) return text;
  // A character has two units at most: what lies behind is never shown.
  const characters = Array.from(text.slice(0, 2 * length + 1));
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
