import type { Filter } from "../server/domain/metric.ts";
import { defaultState, writeUrl } from "./url-state.ts";

const region = /^[a-z]{2}(?:-[a-z]+)+-\d$/;
const callers = /^(?:(?:role|user|fed|sso|other)\/|(?:root|unknown)(?:#|$))/;

/**
 * What a finding is about, as filters on its records: a caller, a caller and one of its tools, an account and a region, an account and a
 * model. Null for a form that is not known: no filter is guessed.
 */
export function subjectFilters(subject: string): readonly Filter[] | null {
  const cut = subject.indexOf("/");
  if (cut < 0) return null;
  const [account, rest] = [subject.slice(0, cut), subject.slice(cut + 1)];
  const only = (field: Filter["field"], value: string): Filter => ({ field, op: "in", values: [value] });
  if (region.test(rest)) return [only("account", account), only("region", rest)];
  if (callers.test(rest)) return [only("principal", subject.replace(/#[^#/]*$/, ""))];
  return /^[a-z0-9]+\.[^/]+$/.test(rest) ? [only("account", account), only("model", rest)] : null;
}

interface Span {
  readonly firstSeen: string;
  readonly lastSeen: string;
}

/** From the first record to the last, both in. */
export function spanRange({ firstSeen, lastSeen }: Span) {
  return { from: firstSeen, to: new Date(Date.parse(lastSeen) + 1).toISOString() };
}

/** The address of the records of a subject in a span; null when its form is not known or does not belong into an address bar. */
export function subjectHref(subject: string, span: Span, timeZone: string): string | null {
  const filters = subjectFilters(subject);
  if (filters === null || subject.includes("@")) return null;
  return `/invocations${writeUrl({ ...defaultState, range: spanRange(span), timeZone, filters })}`;
}
