function valueBytes(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + valueBytes(item), 8);
  if (typeof value === "object" && value !== null) return valueBytes(Object.values(value));
  return 8;
}

/** About what these values weigh in memory. */
export function columnsBytes(columns: readonly (readonly unknown[])[]): number {
  return columns.reduce((sum, values) => sum + valueBytes(values), 0);
}
