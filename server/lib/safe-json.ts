/** Controls, format characters, private use and line separators: what could drive a terminal or hide text. */
const unsafe = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u2028\u2029]/gu;

/** JSON on one line that is safe to print anywhere: what it means is the same, what it shows is inert. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(unsafe, escaped);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }).join("");
}
