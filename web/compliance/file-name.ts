/** Of letters that every file system takes: the id comes from the store. */
export function fileName(
  what: string,
  { id, clock }: { readonly id: string; readonly clock: string },
  demo: boolean,
): string {
  const words = [demo ? "DEMO-DATA" : "", what, clock.slice(0, 10), id];
  return words
    .filter(Boolean)
    .join("-")
    .replaceAll(/[^A-Za-z0-9-]/g, "_");
}
