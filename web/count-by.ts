/** How many items have each key, the most frequent first. */
export function countBy<T, K>(items: readonly T[], key: (item: T) => K): readonly (readonly [K, number])[] {
  const counts = new Map<K, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a);
}
