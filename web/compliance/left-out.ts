import type { SourceStatus } from "../../server/domain/coverage.ts";

/** What is left out under one rule, of one kind of source: it is counted, and not read. */
export interface LeftOut {
  readonly rule: string;
  /** Null: a rule without words of ours. */
  readonly title: string | null;
  readonly means: string;
  readonly count: number;
  /** What is counted, in the singular. */
  readonly unit: string;
  /** Sources that hold it. */
  readonly sources: number;
}

interface Words {
  readonly title: string;
  readonly means: string;
  readonly unit: "object" | "line";
}

const words: Readonly<Record<string, Words>> = {
  "before-since": {
    title: "From before what is read",
    means: "It is older than ingest.since. Move that back, and it is read.",
    unit: "object",
  },
  "other-account": {
    title: "Logs of another account",
    means:
      "Its folder lies beside those that are read, and the account is none of those that are looked into. Name the account, or the bucket, in the configuration to read it. Of a very large folder a part is counted.",
    unit: "object",
  },
  "other-region": {
    title: "Logs of another region",
    means:
      "Its folder lies beside those that are read, and aws.regions leaves the region out. Of a very large folder a part is counted.",
    unit: "object",
  },
  "not-a-log": {
    title: "No log of Bedrock",
    means: "It lies among the logs, or above the folders of their regions, and Bedrock gives no such name.",
    unit: "object",
  },
  "permission-check": {
    title: "Check of permissions",
    means: "Bedrock writes it, empty, when logging is switched on.",
    unit: "object",
  },
  empty: { title: "Empty object", means: "It has no bytes, hence no record.", unit: "object" },
  "body-object": {
    title: "Body of a record",
    means: "A large prompt or answer: it is read with the record that names it.",
    unit: "object",
  },
  "control-message": {
    title: "Control message",
    means: "A log subscription sends it to see whether it gets through.",
    unit: "line",
  },
  retention: { title: "Older than is kept", means: "Its call is older than retention.invocations.", unit: "line" },
  superseded: {
    title: "Read from a later version",
    means: "It was in quarantine until a later version of its object was read whole.",
    unit: "line",
  },
};

/** Of CloudWatch Logs no events are counted that are not read: a day of them is one. */
export const daysOfEvents = "day of log events";

/** How a rule is called; null: by its own name. */
export function ruleTitle(rule: string): string | null {
  return Object.hasOwn(words, rule) ? (words[rule]?.title ?? null) : null;
}

/** All that sources leave out, most first. */
export function leftOut(sources: readonly Pick<SourceStatus, "ignoredBy" | "kind">[]): readonly LeftOut[] {
  const found = new Map<string, LeftOut>();
  for (const { ignoredBy, kind } of sources)
    for (const [rule, count] of Object.entries(ignoredBy)) {
      const known = Object.hasOwn(words, rule) ? words[rule] : undefined;
      const unit = kind === "cloudwatch" && rule === "before-since" ? daysOfEvents : (known?.unit ?? "line");
      const sum = found.get(`${rule} ${unit}`) ?? { rule, unit, count: 0, sources: 0 };
      found.set(`${rule} ${unit}`, {
        ...sum,
        title: known?.title ?? null,
        means: known?.means ?? "",
        count: sum.count + count,
        sources: sum.sources + 1,
      });
    }
  return [...found.values()].toSorted((a, b) => b.count - a.count || a.rule.localeCompare(b.rule));
}
