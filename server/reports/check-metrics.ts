import { type CheckReport, shownVerdict } from "../domain/compliance.ts";
import { visibleText } from "../domain/visible-text.ts";

/** Attempts of one AWS call that ended in one way. */
export interface RequestCount {
  readonly service: string;
  readonly operation: string;
  readonly outcome: string;
  readonly count: number;
}

/** Media type of the answer. */
export const metricsType = "text/plain; version=0.0.4; charset=utf-8";

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

const prefix = "bedrock_audit_check_";

/**
 * What monitoring asks of a check, as Prometheus text. Without a report (none has ended yet) only the requests are told. `lastComplete`: end of
 * the last whole run in seconds, where this one is not whole; null: there is none, and nothing is said of it. No label names a caller.
 */
export function checkMetrics(
  report: CheckReport | null,
  requests: readonly RequestCount[],
  lastComplete: number | null = null,
): string {
  const ofReport = report === null ? [] : reportMetrics(report, lastComplete);
  const counts = requests.map(({ count, ...labels }): Sample => [labels, count]);
  return [...ofReport, metric("aws_requests_total", "counter", "Attempts of AWS calls.", counts)].join("");
}

/** Seconds of the last whole run that a text of metrics tells; null: it tells none. */
export function lastCompleteIn(text: string): number | null {
  const [, seconds] = new RegExp(`^${prefix}last_complete_timestamp_seconds (\\d{1,12})$`, "m").exec(text) ?? [];
  return seconds === undefined ? null : Number(seconds);
}

function reportMetrics({ results, run, summary }: CheckReport, before: number | null): readonly string[] {
  const { evaluated, excluded, notApplicable, total, unknown } = summary.targets;
  const inScope = total - notApplicable - excluded;
  const complete = run.complete ? Math.floor(Date.parse(run.finishedAt) / 1_000) : before;
  const states = { evaluated, unknown, not_applicable: notApplicable, excluded };
  const verdicts = counted(results.map((result) => ({ control: result.control, verdict: shownVerdict(result) })));
  return [
    metric(
      "targets",
      "gauge",
      "Accounts and regions by what became of them.",
      Object.entries(states).map(([state, count]) => [{ state }, count]),
    ),
    metric("results", "gauge", "Results by control and verdict, waivers in force over it.", verdicts),
    metric("facts_unreadable", "gauge", "Facts of a target that could not be read.", counted(unreadFacts(results))),
    metric("completeness_ratio", "gauge", "Evaluated targets of all in scope.", [
      [{}, inScope === 0 ? 0 : evaluated / inScope],
    ]),
    ...(complete === null
      ? []
      : [metric("last_complete_timestamp_seconds", "gauge", "End of the last whole run.", [[{}, complete]])]),
  ];
}

/** Each fact of a target once, though several controls miss it. */
function unreadFacts(results: CheckReport["results"]): readonly Labels[] {
  const facts = results.flatMap(({ account, region, unread }) =>
    unread.map((why) => [JSON.stringify([account, region, why.fact, why.class]), why] as const),
  );
  return [...new Map(facts).values()].map((why) => ({ fact: why.fact, class: why.class }));
}

function counted(all: readonly Labels[]): readonly Sample[] {
  const counts = new Map<string, number>();
  for (const labels of all) {
    const key = written(labels);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const known = new Map(all.map((labels) => [written(labels), labels]));
  return [...known].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, labels]) => [labels, counts.get(key) ?? 0]);
}

function metric(name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): string {
  const full = `${prefix}${name}`;
  const lines = samples.map(([labels, value]) => `${full}${written(labels)} ${value}`);
  return `${[`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines].join("\n")}\n`;
}

function written(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** A line feed has become a visible token by then. */
function escaped(value: string): string {
  return visibleText(value).replace(/[\\"]/g, (mark) => `\\${mark}`);
}
