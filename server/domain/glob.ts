/** The pattern of a glob filter: `*` stands for any characters, `\` takes its meaning from the next one. Case-sensitive. */
export function globMatches(pattern: string, text: string): boolean {
  const parts = literalParts(pattern);
  const [first = "", ...rest] = parts;
  if (rest.length === 0) return text === first;
  const last = rest.pop() ?? "";
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  return inOrder(text.slice(first.length, text.length - last.length), rest);
}

/** The texts between the stars, without escapes: `a*b\*` gives `["a", "b*"]`. */
export function literalParts(pattern: string): readonly string[] {
  const parts = [""];
  for (const [token] of pattern.matchAll(/\\.|[^\\]|\\$/gsu)) {
    if (token === "*") parts.push("");
    else parts[parts.length - 1] += token.length > 1 && token.startsWith("\\") ? token.slice(1) : token;
  }
  return parts;
}

function inOrder(text: string, parts: readonly string[]): boolean {
  let at = 0;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}
