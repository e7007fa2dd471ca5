import type { CheckReport, ControlWords, ShownVerdict, TargetResult } from "../../server/domain/compliance.ts";
import { ShownVerdict as Shown } from "../../server/domain/compliance.ts";
import { globMatches } from "../../server/domain/glob.ts";
import type { Filter } from "../../server/domain/metric.ts";
import { writeUrl, type ViewState } from "../url-state.ts";
import { targetName, type CellOf } from "./answers.ts";

/** What of a check is looked at. An empty list leaves nothing out. */
export interface Choice {
  /** Of `account` and `region`. */
  readonly targets: readonly Filter[];
  readonly controls: readonly string[];
  readonly verdicts: readonly ShownVerdict[];
  /** Names of frameworks. */
  readonly frameworks: readonly string[];
}

const targetFields: ReadonlySet<string> = new Set(["account", "region"]);

export function choiceOf({ filters, plain }: Pick<ViewState, "filters" | "plain">): Choice {
  return {
    targets: filters.filter(({ field }) => targetFields.has(field)),
    controls: plain.get("control") ?? [],
    verdicts: (plain.get("verdict") ?? []).flatMap((text) => Shown.safeParse(text).data ?? []),
    frameworks: plain.get("framework") ?? [],
  };
}

/** Filters of the address that say nothing about a check. */
export function foreignFilters(filters: readonly Filter[]): readonly Filter[] {
  return filters.filter(({ field }) => !targetFields.has(field));
}

/** What is left of a check. What the choice leaves out is counted, never dropped. */
export interface Chosen {
  readonly controls: readonly ControlWords[];
  /** A row each: evaluated, or not readable. */
  readonly rows: readonly TargetResult[];
  /** Targets of the run that have a row when nothing is left out. */
  readonly allRows: number;
  /** In the list of their own: not applicable or excluded, each with its reason. */
  readonly listed: readonly TargetResult[];
}

export function choose(
  { controls, report, cell }: { controls: readonly ControlWords[]; report: CheckReport; cell: CellOf },
  choice: Choice,
): Chosen {
  const columns = everyControl(controls, report).filter(({ id }) => isChosen(id, choice, report));
  const inPlace = report.targets.filter((target) => isInPlace(target, choice));
  const hasRow = ({ state }: TargetResult) => state === "evaluated" || state === "unknown";
  const hasVerdict = (target: TargetResult) =>
    choice.verdicts.length === 0 || columns.some(({ id }) => choice.verdicts.includes(cell(id, target).verdict));
  return {
    controls: columns,
    rows: inPlace.filter((target) => hasRow(target) && hasVerdict(target)),
    allRows: report.targets.filter(hasRow).length,
    listed: inPlace.filter((target) => !hasRow(target)),
  };
}

/** Those of this program, and what an older or newer one left in the run. */
export function everyControl(controls: readonly ControlWords[], { results }: CheckReport): readonly ControlWords[] {
  const known = new Map(controls.map((control) => [control.id, control]));
  for (const { control: id, title, severity } of results) {
    if (!known.has(id)) known.set(id, { id, title, severity, why: "" });
  }
  return [...known.values()];
}

function isChosen(id: string, { controls, frameworks }: Choice, { results }: CheckReport): boolean {
  if (controls.length > 0 && !controls.includes(id)) return false;
  if (frameworks.length === 0) return true;
  return results.some(
    (result) => result.control === id && result.frameworks.some(({ framework }) => frameworks.includes(framework)),
  );
}

/** Whether the account and region are among those that are looked at. */
export function isInPlace(target: Place, { targets }: Pick<Choice, "targets">): boolean {
  return targets.every((filter) => admits(filter, target));
}

type Place = Pick<TargetResult, "account" | "region">;

function admits({ field, op, values }: Filter, target: Place): boolean {
  const value = field === "account" ? target.account : target.region;
  if (op === "in") return values.includes(value);
  if (op === "notIn") return !values.includes(value);
  if (op === "glob") return values.some((pattern) => globMatches(pattern, value));
  if (op === "notGlob") return !values.some((pattern) => globMatches(pattern, value));
  return op === "notNull";
}

/** The name of a cell in the address: `control/account/region`. */
export function cellName(control: string, target: TargetResult): string {
  return `${control}/${targetName(target)}`;
}

/** The page of one control, with the choice of accounts, regions and verdicts. */
export function controlHref(state: ViewState, id: string): string {
  const plain = new Map(state.plain);
  for (const key of ["control", "framework", "open"] as const) plain.delete(key);
  return `/compliance/${encodeURIComponent(id)}${writeUrl({ ...state, plain })}`;
}

/** `log-group-retention` is "Log group retention": short enough for the head of a column. */
export function controlHead(id: string): string {
  const words = id.replaceAll("-", " ").replace(/^s3\b/, "S3");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

const codeWords: ReadonlyMap<string, string> = new Map([
  ["region-disabled", "the region is not enabled in this account"],
  ["not-in-catalogue", "outside the list of Bedrock regions, and not known to be enabled"],
  ["filtered", "left out by the choice of accounts and regions of the run"],
  ["account-not-active", "the account is not active"],
  ["partition-without-bedrock", "there is no Bedrock in this partition"],
  ["region-unused", "logging is off and no model was called; the policy asks for regions in use only"],
  ["operation-absent", "Bedrock does not offer this operation in the region"],
  ["no-endpoint", "Bedrock has no endpoint in the region"],
  ["no-traffic", "no model was called"],
  ["logging-off", "logging is off, so there is nothing to judge"],
  ["role-not-assumable", "the audit role could not be assumed"],
]);

/** A code in words; one that is not known speaks for itself. */
export function reasonWords(code: string | null): string {
  if (code === null) return "no reason given";
  return codeWords.get(code) ?? code;
}
