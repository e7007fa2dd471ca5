import type { Dimension, Measure } from "../domain/metric.ts";
import type { Breakdown, ReportDocument } from "../domain/report.ts";
import { headlines } from "./measures.ts";
import {
  cell,
  changeOf,
  count,
  dimensionWords,
  measureWords,
  share,
  text,
  time,
  usd,
  word,
  type Cell,
  type Unit,
} from "./words.ts";

/** A part of a report as every tabular format shows it. Ids name files; titles and columns are our own words. */
export interface Table {
  readonly id: string;
  readonly title: string;
  /** A sentence above the rows; ours. */
  readonly note: string | null;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Rows that are not shown. */
  readonly more: number;
  /** Columns that a narrow page shows; null for all. */
  readonly narrow: readonly string[] | null;
  /** Column whose numbers are drawn as bars; null for none. */
  readonly bars: number | null;
}

/** The parts of a report in their order. */
export function tablesOf(report: ReportDocument): readonly Table[] {
  return [
    head(report),
    targets(report),
    unread(report),
    ledger(report),
    quarantine(report),
    findingCounts(report),
    findings(report),
    controlCounts(report),
    controls(report),
    retention(report),
    drift(report),
    waivers(report),
    usage(report),
    movers(report),
    ...report.usage.breakdowns.map((breakdown) => usageBy(breakdown, report.usage.comparable)),
    table(
      "method",
      "Method",
      ["note"],
      report.method.map((line) => [word(line)]),
    ),
  ];
}

function table(
  id: string,
  title: string,
  columns: readonly string[],
  rows: Table["rows"],
  rest: Partial<Pick<Table, "note" | "more" | "narrow" | "bars">> = {},
): Table {
  return { id, title, columns, rows, note: null, more: 0, narrow: null, bars: null, ...rest };
}

function head({ report, run, window, previous, provisional, verdict, marks }: ReportDocument): Table {
  const rows: [string, Cell][] = [
    ["verdict", word(verdict.text)],
    ["marks", word(marks.join(", ") || "none")],
    ...provisional.map((reason): [string, Cell] => ["provisional", text(reason)]),
    ["report", text(report.id)],
    ["window from", time(window.from)],
    ["window to, not in it", time(window.to)],
    ["compared with, from", time(previous.from)],
    ["compared with, to", time(previous.to)],
    ["time zone", text(window.timeZone)],
    ...report.filters.map(({ field, op, values }): [string, Cell] => [
      "filter",
      text([field, op, ...values].join(" ")),
    ]),
    ["rendered at", time(run.renderedAt)],
    ["run", word(run.id)],
    ["data as of", time(run.asOf)],
    ["snapshot", word(String(run.snapshot))],
    ["version", word(run.version)],
    ["price book", word(run.priceBook.date)],
  ];
  return table(
    "head",
    "Report",
    ["what", "value"],
    rows.map(([name, value]) => [word(name), value]),
  );
}

function targets({ evidence }: ReportDocument): Table {
  const rows = evidence.targets.map(({ accountId, region, readThrough, readShare, previousReadShare, ...rest }) => [
    text(accountId),
    text(region),
    time(readThrough),
    share(readShare),
    share(previousReadShare),
    text(rest.hole?.reason ?? ""),
    count(rest.exceptions),
  ]);
  const columns = ["account", "region", "complete through", "window read", "before read", "why not further", "lost"];
  const note = rows.length === 0 ? "No account and region is known to be read." : null;
  return table("targets", "Evidence: complete through", columns, rows, { note });
}

function unread({ evidence }: ReportDocument): Table {
  const rows = evidence.unread.map(({ place, state, reason }) => [text(place), text(state), text(reason ?? "")]);
  const note = rows.length === 0 ? "Every source could be read." : null;
  return table("unread", "Evidence: sources that could not be read", ["place", "state", "reason"], rows, { note });
}

function ledger({ evidence: { counts, windowCounts, lawHolds } }: ReportDocument): Table {
  const names = ["read", "stored", "duplicates", "quarantined", "ignored"] as const;
  const rows = names.map((name) => [word(name), count(windowCounts[name]), count(counts[name])]);
  const note = `read = stored + duplicates + quarantined + ignored ${lawHolds ? "holds" : "DOES NOT HOLD"}.`;
  return table("ledger", "Evidence: records", ["what", "UTC days of the window", "whole store"], rows, { note });
}

function quarantine({ evidence }: ReportDocument): Table {
  const rows = evidence.quarantine.map(({ reason, entries }) => [text(reason), count(entries)]);
  const note = rows.length === 0 ? "Nothing is in quarantine." : null;
  return table("quarantine", "Evidence: quarantine", ["reason", "open entries"], rows, { note });
}

function findingCounts({ findings: { judged, counts } }: ReportDocument): Table {
  const rows = counts.map(({ severity, open, fresh, resolved, withdrawn, waived }) => [
    word(severity),
    ...[open, fresh, resolved, withdrawn, waived].map(count),
  ]);
  const note =
    judged === null
      ? "NOT EVALUATED: no detection has run."
      : `${judged.ran} detections, last run at ${judged.at}.${rows.length === 0 ? " No finding." : ""}`;
  const columns = ["severity", "open", "of them new", "resolved", "withdrawn", "waived"];
  return table("finding-counts", "Findings by severity", columns, rows, { note });
}

function findings({ findings: { rows, more } }: ReportDocument): Table {
  const columns = [
    "severity",
    "title",
    "subject",
    "state",
    "new",
    "first seen",
    "last seen",
    "records",
    "cost",
    "summary",
    "id",
  ];
  const cells = rows.map((row) => [
    word(row.severity),
    text(row.title),
    text(row.subject),
    word(row.state),
    word(row.isNew ? "yes" : "no"),
    time(row.firstSeen),
    time(row.lastSeen),
    count(row.records),
    usd(row.costUsd),
    text(row.summary),
    text(row.id),
  ]);
  const narrow = ["severity", "title", "subject", "summary", "last seen", "new"];
  return table("findings", "Open findings", columns, cells, { more, narrow, note: rows.length === 0 ? "None." : null });
}

const notChecked = "Not checked: no check has been saved.";

function controlCounts({ controls }: ReportDocument): Table {
  const [id, title, columns] = ["control-counts", "Controls by verdict", ["verdict", "results"]] as const;
  if (controls === null) return table(id, title, columns, [], { note: notChecked });
  const { verdicts, targets: of, checkedAt, complete } = controls;
  const names = ["FAIL", "UNKNOWN", "PASS", "NOT_APPLICABLE", "WAIVED"] as const;
  const rest = `${of.unknown} unknown, ${of.notApplicable} not applicable, ${of.excluded} excluded`;
  const cut = complete ? "" : " The run was cut short: what is missing was not looked at.";
  const note = `Checked at ${checkedAt}; ${of.evaluated} of ${of.total} targets evaluated, ${rest}.${cut}`;
  return table(
    id,
    title,
    columns,
    names.map((name) => [word(name), count(verdicts[name])]),
    { note },
  );
}

function controls({ controls: checked }: ReportDocument): Table {
  const columns = ["verdict", "severity", "control", "account", "region", "resource", "code", "reason"];
  const rows = (checked?.rows ?? []).map((row) => [
    word(row.verdict),
    word(row.severity),
    text(row.title),
    text(row.account),
    text(row.region),
    text(row.resource),
    text(row.code),
    text(row.reason),
  ]);
  const narrow = ["verdict", "severity", "control", "account", "region", "reason"];
  return table("controls", "Controls that fail or are unknown", columns, rows, {
    more: checked?.more ?? 0,
    narrow,
    note: noteOf(checked, rows, "None."),
  });
}

function retention({ controls: checked }: ReportDocument): Table {
  const rows = (checked?.retention.rows ?? []).map((row) => [
    text(row.account),
    text(row.region),
    text(row.resource),
    days(row.keptDays),
    days(row.readableDays),
    word(row.verdict),
  ]);
  const columns = ["account", "region", "store", "kept days", "readable days", "verdict"];
  return table("retention", "How long records are kept", columns, rows, {
    more: checked?.retention.more ?? 0,
    note: noteOf(checked, rows, "No store of logs was judged."),
  });
}

/** A number, `forever`, or nothing where it is not known. */
function days(value: number | "forever" | null): Cell {
  return value === "forever" ? word(value) : count(value);
}

function drift({ controls: checked }: ReportDocument): Table {
  const rows = (checked?.drift.rows ?? []).map((row) => [
    word(row.change),
    word(row.by ?? ""),
    word(row.verdict),
    text(row.title ?? ""),
    text(row.account),
    text(row.region),
    text(row.resource),
  ]);
  const since = checked?.drift.since ?? null;
  const note = since === null ? "No earlier check of the same scope is kept." : `Since the check of ${since}.`;
  return table("control-drift", "Controls that changed", driftColumns, rows, {
    more: checked?.drift.more ?? 0,
    narrow: ["change", "verdict", "control", "account", "region"],
    note: checked === null ? notChecked : since === null || rows.length > 0 ? note : `${note} Nothing changed.`,
  });
}

const driftColumns = ["change", "by", "verdict", "control", "account", "region", "resource"];

function waivers({ controls: checked, findings: { waivers: ofDetections } }: ReportDocument): Table {
  const rows = [...(checked?.waivers ?? []), ...ofDetections].map((row) => [
    text(row.id),
    word(row.state),
    count(row.covers),
    text(row.owner ?? ""),
    text(row.ticket ?? ""),
    text(row.expires ?? ""),
    text(row.reason ?? ""),
  ]);
  const columns = ["id", "state", "covered", "owner", "ticket", "through", "reason"];
  const narrow = ["id", "state", "covered", "owner", "through", "reason"];
  const note = rows.length > 0 ? null : noteOf(checked, rows, "There is no waiver.");
  return table("waivers", "Waivers", columns, rows, { narrow, note });
}

function noteOf(checked: ReportDocument["controls"], rows: readonly unknown[], empty: string): string | null {
  if (checked === null) return notChecked;
  return rows.length === 0 ? empty : null;
}

function usage({ usage: { totals, comparable } }: ReportDocument): Table {
  const rows = headlines.flat().map((measure) => {
    const [title, unit] = measureWords[measure];
    const [now, before] = [totals.values[measure] ?? null, totals.previous[measure] ?? null];
    return [word(title), cell(unit)(now), cell(unit)(before), changeOf(now, before, comparable)];
  });
  return table("usage", "Usage", ["measure", "window", "before", "change"], rows);
}

function movers({ usage: { movers: list, comparable } }: ReportDocument): Table {
  const rows = list.map(({ measure, dimension, key, now, before }) => {
    const [title, unit] = wordsOf(measure);
    const changes = changeOf(now, before, comparable);
    return [
      word(title),
      word(dimensionTitle(dimension)),
      keyCell(key, false),
      cell(unit)(now),
      cell(unit)(before),
      changes,
    ];
  });
  const note = comparable ? (rows.length === 0 ? "Nothing changed." : null) : "The periods cannot be compared.";
  return table("movers", "Largest changes", ["measure", "by", "value", "window", "before", "change"], rows, { note });
}

function usageBy({ dimension, rows, otherGroups }: Breakdown, comparable: boolean): Table {
  const title = dimensionTitle(dimension);
  const cells = rows.map(({ key, other, values, previous }) => [
    keyCell(key, other),
    count(values.invocations ?? null),
    count(values.totalTokens ?? null),
    usd(values.costUsd ?? null),
    count(values.errors ?? null),
    changeOf(values.invocations ?? null, previous.invocations ?? null, comparable),
  ]);
  const note = otherGroups > 0 ? `Other holds ${otherGroups} more.` : rows.length === 0 ? "No calls." : null;
  const columns = [title.toLowerCase(), "calls", "tokens", "cost", "errors", "change of calls"];
  return table(`usage-by-${kebab(dimension)}`, `Usage by ${title.toLowerCase()}`, columns, cells, { note, bars: 1 });
}

function keyCell(key: string | null, other: boolean): Cell {
  if (key !== null) return text(key);
  return word(other ? "Other" : "(none)");
}

function wordsOf(measure: Measure): readonly [string, Unit] {
  return measure in measureWords ? measureWords[measure as keyof typeof measureWords] : [measure, "count"];
}

function dimensionTitle(dimension: Dimension): string {
  return dimension in dimensionWords ? dimensionWords[dimension as keyof typeof dimensionWords] : dimension;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The table with the columns that fit a narrow page. */
export function narrowed(table: Table): Table {
  const { narrow, columns, rows } = table;
  if (narrow === null) return table;
  const kept = narrow.map((name) => columns.indexOf(name));
  return { ...table, columns: narrow, rows: rows.map((row) => kept.flatMap((index) => row[index] ?? [])) };
}
