const longest = 160;

/** At most 160 characters for a reader; the JSON and CSV formats hold the whole text. */
export function clip(text: string): string {
  if (text.length <= longest) return text;
  const characters = Array.from(text);
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join("")}…`;
}
