import { useState } from "react";
import type { CheckReport, ControlWords, NarrowerRun } from "../../server/domain/compliance.ts";
import type { Filter } from "../../server/domain/metric.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { countBy } from "../count-by.ts";
import { fieldWord, filterRelation, filterWords } from "../filter-words.ts";
import { format } from "../format.ts";
import { formatDuration, formatTime } from "../format-time.ts";
import { useStatus } from "../queries.ts";
import { verdictWord } from "../ui/badges.tsx";
import { CheckList } from "../ui/check-list.tsx";
import { Icon } from "../ui/icon.tsx";
import { Popover } from "../ui/popover.tsx";
import { withFilter, withoutFilter, withPlain, type PlainKey, type ViewState } from "../url-state.ts";
import { useView } from "../view.tsx";
import { useControls, worstFirst } from "./answers.ts";
import { controlHead, everyControl, foreignFilters } from "./choose.ts";
import { Follow } from "./follow.tsx";
import { scopeWords } from "./words.ts";

/**
 * What is looked at of the check: accounts, regions, controls, verdicts, frameworks. All of it stands in the address. `without`: choices
 * that mean nothing on this page.
 */
export function ComplianceFilters({ without = [] }: { without?: readonly ChoiceOf["name"][] }) {
  const { state } = useView();
  const data = useControls().data;
  const foreign = foreignFilters(state.filters).map(filterWords).map(visibleText).join(", ");
  const all = data?.report == null ? [] : choicesOf(data.controls, data.report);
  const choices = all.filter(({ name }) => !without.includes(name));
  return (
    <div className="filters" role="group" aria-label="Filters">
      <Chips />
      {choices.map((choice) => (
        <Choose key={choice.name} choice={choice} />
      ))}
      {foreign === "" ? null : <span className="warn">Not applied here: {foreign}</span>}
      {data?.report == null ? <Follow report={null} /> : <Run report={data.report} newer={data.newer} />}
    </div>
  );
}

/** Which run is shown, and how old it is: an old pass is no pass of today. */
function Run({ report, newer }: { report: CheckReport; newer: NarrowerRun | null }) {
  const { run, policy } = report;
  const { zone } = useView();
  const now = useStatus().data?.serverTime;
  const age = now === undefined ? null : Math.max(0, Date.parse(now) - Date.parse(run.finishedAt));
  return (
    <span className="asof" role="status">
      run of {formatTime(run.finishedAt, zone, "dayMinute")} {zone}
      {age === null ? "" : `, ${formatDuration(age)} ago`}
      {run.complete ? "" : <b className="warn">, not to its end</b>}
      {" · policy "}
      {visibleText(policy.name)}{" "}
      <code title={visibleText(policy.sha256)}>{visibleText(policy.sha256.slice(0, 8))}</code>
      {newer === null ? null : (
        <span className="warn">
          {" · "}a run of {formatTime(newer.clock, zone, "dayMinute")} looked at less: {scopeWords(newer.scope)}
        </span>
      )}
      <Follow report={report} />
    </span>
  );
}

interface ChoiceOf {
  readonly name: "account" | "region" | "control" | "verdict" | "framework";
  readonly word: string;
  readonly options: readonly Option[];
}

interface Option {
  readonly value: string;
  readonly word: string;
  /** Results or targets that it stands for; null where that says nothing. */
  readonly count: number | null;
}

function choicesOf(controls: readonly ControlWords[], report: CheckReport): readonly ChoiceOf[] {
  const frameworks = report.results.flatMap((result) => [
    ...new Set(result.frameworks.map(({ framework }) => framework)),
  ]);
  const all: readonly ChoiceOf[] = [
    { name: "account", word: "Account", options: valuesOf(report.targets.map(({ account }) => account)) },
    { name: "region", word: "Region", options: valuesOf(report.targets.map(({ region }) => region)) },
    {
      name: "control",
      word: "Control",
      options: everyControl(controls, report).map(({ id }) => ({ value: id, word: controlHead(id), count: null })),
    },
    {
      name: "verdict",
      word: "Verdict",
      options: worstFirst.map((value) => ({ value, word: verdictWord(value), count: report.summary.verdicts[value] })),
    },
    { name: "framework", word: "Framework", options: valuesOf(frameworks) },
  ];
  return all.filter(({ options }) => options.length > 0);
}

function valuesOf(values: readonly string[]): readonly Option[] {
  return countBy(values, (value) => value)
    .map(([value, count]) => ({ value, word: value, count }))
    .toSorted((a, b) => a.value.localeCompare(b.value));
}

const plainNames = [
  { key: "control", word: "Control" },
  { key: "verdict", word: "Verdict" },
  { key: "framework", word: "Framework" },
] as const satisfies readonly { key: PlainKey; word: string }[];

function Chips() {
  const { state } = useView();
  const targets = state.filters.filter(({ field }) => field === "account" || field === "region");
  return (
    <>
      {targets.map((filter) => (
        <Chip
          key={filterWords(filter)}
          what={filterRelation(filter)}
          values={filter.values}
          without={withoutFilter(state, filter)}
        />
      ))}
      {plainNames.map(({ key, word }) => {
        const values = state.plain.get(key) ?? [];
        if (values.length === 0) return null;
        const words = values.map((value) => wordOf(key, value));
        return <Chip key={key} what={`${word} is`} values={words} without={withPlain(state, key, [])} />;
      })}
    </>
  );
}

function wordOf(key: PlainKey, value: string): string {
  if (key === "control") return controlHead(value);
  const verdict = worstFirst.find((one) => key === "verdict" && one === value);
  return verdict === undefined ? value : verdictWord(verdict);
}

function Chip({ what, values, without }: { what: string; values: readonly string[]; without: ViewState }) {
  const { change } = useView();
  const words = values.map(visibleText).join(" or ");
  return (
    <span className="chip">
      <span title={words}>
        <i>{what}</i> {words}
      </span>
      <button type="button" aria-label={`Remove filter ${what} ${words}`} onClick={() => change(without)}>
        <Icon name="x" small />
      </button>
    </span>
  );
}

function Choose({ choice }: { choice: ChoiceOf }) {
  const { state } = useView();
  const filtered = state.filters.some(({ field }) => field === choice.name) || state.plain.has(choice.name as PlainKey);
  if (filtered) return null;
  const button = (
    <>
      {choice.word}: all
      <Icon name="down" small />
    </>
  );
  return (
    <Popover label={`${choice.word} filter`} buttonClass="btn quiet small" button={button}>
      {(close) => <Options choice={choice} onDone={close} />}
    </Popover>
  );
}

function Options({ choice: { name, word, options }, onDone }: { choice: ChoiceOf; onDone: () => void }) {
  const { state, change } = useView();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const isField = name === "account" || name === "region";
  const apply = (op: "in" | "notIn") => {
    const filter: Filter | null = isField ? { field: name, op, values: [...chosen] } : null;
    change(filter === null ? withPlain(state, name as PlainKey, chosen) : withFilter(state, filter));
    onDone();
  };
  return (
    <div className="values">
      <CheckList
        label={`Values of ${isField ? fieldWord(name) : word}`}
        items={options.map(({ value, word: text, count }) => ({
          value,
          text: visibleText(text),
          count: count === null ? "" : format.count(count),
        }))}
        chosen={chosen}
        onChange={setChosen}
      />
      <div className="row">
        <button className="btn" type="button" disabled={chosen.length === 0} onClick={() => apply("in")}>
          Only these
        </button>
        {isField ? (
          <button className="btn" type="button" disabled={chosen.length === 0} onClick={() => apply("notIn")}>
            Exclude
          </button>
        ) : null}
      </div>
    </div>
  );
}
