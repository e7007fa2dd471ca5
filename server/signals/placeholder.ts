/** Shannon entropy of the characters, in bits a character. */
function entropyBits(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const total = Array.from(text).length;
  return [...counts.values()].reduce((bits, n) => bits - (n / total) * Math.log2(n / total), 0);
}

const made =
  /EXAMPLE$|X{4}|x{4}|\*{3}|(?:1234){2}|^<[^>]{0,80}>$|^\$\{[^}]{0,80}\}$|change_?me|your[_-]|placeholder|dummy/;

/** Whether a secret's own value is no secret: an example of the documentation, a blank to fill in, a pattern. */
export function isPlaceholder(value: string): boolean {
  return made.test(value) || entropyBits(value) < 3;
}
