const lone = /\p{Surrogate}/gu;
const escapes = /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|[^])/g;
const loneEscapeLength = "\\ud800".length;

/** The text with U+FFFD in place of each half of a surrogate pair. */
export function withoutLoneSurrogates(text: string): string {
  return text.replace(lone, "\uFFFD");
}

/** A JSON text with U+FFFD in place of each half pair that is written as an escape. */
export function withoutLoneEscapes(json: string): string {
  if (!json.includes("\\ud") && !json.includes("\\uD")) return json;
  return json.replace(escapes, (escape) => (escape.length === loneEscapeLength ? "\\ufffd" : escape));
}
