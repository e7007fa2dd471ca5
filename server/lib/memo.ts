/** Remembers the answers of a pure function of a short text. Forgets all of them when there are too many. */
export function memo<T>(compute: (text: string) => T, most = 5000, longest = 2048): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const answer = compute(text);
    if (known.size >= most) known.clear();
    if (text.length <= longest) known.set(text, answer);
    return answer;
  };
}
