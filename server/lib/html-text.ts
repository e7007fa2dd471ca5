const entities: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
  ["`", "&#96;"],
]);

/** Text as HTML shows it, in an element or in a quoted attribute. */
export function htmlText(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => entities.get(character) ?? "");
}
