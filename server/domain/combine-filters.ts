import { globMatches } from "./glob.ts";
import type { Filter, FilterField } from "./metric.ts";

/** Fields of which a record has several values: it stands in the group of each, and two filters on them need not mean one value. */
export const listFields: ReadonlySet<string> = new Set<FilterField>([
  "guardrailId",
  "guardrailPolicy",
  "signal",
  "signalSeverity",
]);

/** Filters that are AND, as at most one filter a field and operator; null when the query string cannot say them. */
export function combineFilters(filters: readonly Filter[]): readonly Filter[] | null {
  const fields = [...new Set(filters.map(({ field }) => field))];
  const combined = fields.map((field) => combineField(filters.filter((filter) => filter.field === field)));
  return combined.includes(null) ? null : combined.flatMap((some) => some ?? []);
}

function combineField(filters: readonly Filter[]): readonly Filter[] | null {
  const [first] = filters;
  if (first === undefined || filters.length === 1) return filters;
  const { field } = first;
  const of = (op: Filter["op"]) => filters.filter((filter) => filter.op === op);
  if (listFields.has(field)) return distinctOperators(filters);
  if (of("null").length > 0) return of("null").length === filters.length ? [first] : nullWith(filters, first);
  if (of("in").length > 0) {
    const values = of("in")
      .map((filter) => filter.values)
      .reduce((kept, more) => kept.filter((value) => more.includes(value)))
      .filter((value) => filters.every((filter) => admits(filter, value)));
    return values.length === 0 ? null : [{ field, op: "in", values }];
  }
  if (of("glob").length > 1) return null;
  return [
    ...of("glob"),
    ...excluding(field, "notIn", of("notIn")),
    ...excluding(field, "notGlob", of("notGlob")),
    ...of("notNull").slice(0, 1),
    ...tightest(of("gte"), of("lt")),
  ];
}

function distinctOperators(filters: readonly Filter[]): readonly Filter[] | null {
  const said = filters.map(({ op }) => (op === "glob" ? "in" : op));
  return new Set(said).size === said.length && !said.includes("null") ? filters : null;
}

/** What keeps null says nothing more beside "is null"; anything else makes it empty. */
function nullWith(filters: readonly Filter[], first: Filter): readonly Filter[] | null {
  const agree = filters.every(({ op }) => op === "null" || op === "notIn" || op === "notGlob");
  return agree ? [{ field: first.field, op: "null", values: [] }] : null;
}

function admits({ op, values }: Filter, value: string): boolean {
  if (op === "notIn") return !values.includes(value);
  if (op === "glob") return values.some((pattern) => globMatches(pattern, value));
  if (op === "notGlob") return !values.some((pattern) => globMatches(pattern, value));
  return true;
}

function excluding(field: FilterField, op: "notIn" | "notGlob", filters: readonly Filter[]): readonly Filter[] {
  const values = [...new Set(filters.flatMap((filter) => filter.values))];
  return values.length === 0 ? [] : [{ field, op, values }];
}

function tightest(from: readonly Filter[], below: readonly Filter[]): readonly Filter[] {
  const bound = (filters: readonly Filter[], pick: (...numbers: number[]) => number): readonly Filter[] => {
    const [first] = filters;
    if (first === undefined) return [];
    return [{ ...first, values: [String(pick(...filters.flatMap(({ values }) => values.map(Number))))] }];
  };
  return [...bound(from, Math.max), ...bound(below, Math.min)];
}
