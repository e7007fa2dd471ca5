import { clip } from "./clip.ts";

/**
 * Text as Markdown shows it in a code span, where nothing is a link, a mention, an image or HTML: only the span's own delimiter and that of
 * a table's cells must go. A backslash before a bar would set the bar free again, so it is written twice. Nothing of an empty text: two
 * delimiters would open a wider span.
 */
export function codeSpan(text: string): string {
  if (text === "") return "";
  return `\`${clip(text)
    .replaceAll("`", "'")
    .replaceAll(/(\\*)\|/g, "$1$1\\|")}\``;
}
