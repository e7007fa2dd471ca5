import { z } from "zod";
import type { Policy } from "../domain/policy.ts";
import type { PriceLookup } from "../domain/price.ts";
import type { Severity } from "../domain/severity.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import type { Row } from "../store/store.ts";
import type { Sql } from "../store/sql.ts";
import type { Example } from "./example.ts";

/** What a query reads: the days that are judged, with the rule's lookback before and its window after them. */
export interface ReadRange {
  /** ISO; `from` is in, `to` is not. */
  readonly from: string;
  readonly to: string;
  /** The UTC days of the same range, both in: every query bounds `dt` by them. */
  readonly fromDay: string;
  readonly toDay: string;
  /** First and last UTC day that is judged. */
  readonly firstDay: string;
  readonly lastDay: string;
}

export interface JudgeContext {
  readonly range: ReadRange;
  readonly policy: Policy;
  /** Null: cost cannot be judged. */
  readonly prices: PriceLookup | null;
}

/** Something for a person to judge, before its records are counted. */
export interface Hit {
  readonly subject: string;
  /** UTC day of the window's first record, or `-` for a standing state. */
  readonly bucket: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Null: that of the rule. */
  readonly severity: Severity | null;
  /** One sentence of ours; what it quotes of data is ids alone. */
  readonly summary: string;
  /** Which records between `firstSeen` and `lastSeen` support it: a condition on the columns of `invocations`. */
  readonly records: Sql;
  /** The signals that are its evidence; null: the records themselves are. */
  readonly signals: readonly string[] | null;
}

/** Raised to `to` when a finding of one of the others stands for the same subject, at most `withinHours` away. */
export interface Escalation {
  readonly to: Severity;
  readonly anyOf: readonly string[];
  readonly withinHours: number;
}

export type Need = "record" | "body" | "prices" | "policy" | "ledger";

/** What every rule over many invocations says of itself. */
export interface Words {
  /** The file's name; never renamed. */
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly severity: Severity;
  readonly why: string;
  /** Without them the rule cannot find anything, and says so. */
  readonly needs: readonly Need[];
  readonly subject: "principal" | "account-region" | "account-model" | "tool";
  readonly escalate: readonly Escalation[];
  readonly runbook: readonly string[];
  readonly falsePositives: readonly string[];
}

interface Judging extends Words {
  /** How far a window reaches beyond its first record. */
  readonly windowHours: number;
  /** How far back it looks for what is known. */
  readonly lookbackDays: number;
  readonly bucket: "day" | "none";
  /** Findings opened per 100,000 records that are still no noise. */
  readonly budget: number;
  readonly examples: { readonly finds: readonly Example[]; readonly ignores: readonly Example[] };
}

/** What many invocations show: words, logic and examples of one rule. Pure: it reads no clock, no triage, no counter. */
export interface DetectionRule<S, R> extends Judging {
  /** Every number with its default. */
  readonly settings: z.ZodType<S>;
  /** One row of the answer. */
  readonly row: z.ZodType<R>;
  readonly query: (range: ReadRange, settings: S) => Sql;
  readonly judge: (rows: readonly R[], settings: S, context: JudgeContext) => readonly Hit[];
}

/** A rule with its settings filled in. */
export interface Detection extends Judging {
  /** Of the settings: equal settings, equal text. */
  readonly settings: string;
  readonly query: (range: ReadRange) => Sql;
  /** Rows are those of `query`. Hits outside the days that are judged are the runner's to drop. */
  readonly judge: (rows: readonly Row[], context: JudgeContext) => readonly Hit[];
}

/** `overrides` replace defaults of the rule's settings. */
export function detection<S, R>(
  rule: DetectionRule<S, R>,
  overrides: Readonly<Record<string, unknown>> = {},
): Detection {
  const settings = rule.settings.parse(overrides);
  const { query, judge, row, ...words } = rule;
  return {
    ...words,
    settings: canonicalJson(settings),
    query: (range) => query(range, settings),
    judge: (rows, context) => judge(z.array(row).parse(rows), settings, context),
  };
}

/** A time of the engine: ISO 8601 UTC. */
export const time = z.string();

/** The UTC day of an ISO time. */
export function dayOf(iso: string): string {
  return iso.slice(0, 10);
}
