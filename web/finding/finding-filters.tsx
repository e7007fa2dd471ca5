import { Link } from "wouter";
import { ShownFindingState } from "../../server/domain/finding.ts";
import { Severity } from "../../server/domain/severity.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { filterWords } from "../filter-words.ts";
import { format } from "../format.ts";
import { usePanelMetric } from "../panel-metric.ts";
import { Icon } from "../ui/icon.tsx";
import { withPlain, writeUrl, type PlainKey, type ViewState } from "../url-state.ts";
import { useView } from "../view.tsx";
import { AsOf } from "../ui/page-head.tsx";
import { severityWord, stateWord } from "../ui/badges.tsx";
import { useFindings } from "./use-findings.ts";

const keys = [
  { key: "severity", word: "Severity" },
  { key: "state", word: "State" },
  { key: "detection", word: "Detection" },
  { key: "subject", word: "Subject" },
] as const satisfies readonly { key: PlainKey; word: string }[];

const everyState = ShownFindingState.options;

/** What is chosen of the findings, and how many that leaves out. Filters of invocations do not apply here, and are named. */
export function FindingFilters() {
  const { state } = useView();
  // The answer says which instants the window has: the page shows them, its buttons move by them.
  usePanelMetric({ measures: ["invocations"] });
  const others = state.filters.map(filterWords).map(visibleText).join(", ");
  return (
    <div className="filters" role="group" aria-label="Filters">
      {keys.map(({ key, word }) => {
        const values = state.plain.get(key) ?? [];
        return values.length === 0 ? null : <Chip key={key} name={key} word={word} values={values} />;
      })}
      {state.plain.has("state") ? null : (
        <span className="chip plain">
          <i>State is</i>&nbsp;New or in progress
        </span>
      )}
      {others === "" ? null : <span className="warn">Not applied here: {others}</span>}
      <Shown />
      <AsOf />
    </div>
  );
}

function Chip({ name, word, values }: { name: PlainKey; word: string; values: readonly string[] }) {
  const { state, change } = useView();
  const words = values.map((value) => visibleText(wordOf(name, value))).join(" or ");
  return (
    <span className="chip">
      <span>
        <i>{word} is</i> {words}
      </span>
      <button
        type="button"
        aria-label={`Remove filter ${word} is ${words}`}
        onClick={() => change(withPlain(firstPage(state), name, []))}
      >
        <Icon name="x" small />
      </button>
    </span>
  );
}

function wordOf(name: PlainKey, value: string): string {
  const severity = name === "severity" ? Severity.safeParse(value).data : undefined;
  if (severity !== undefined) return severityWord(severity);
  const state = name === "state" ? ShownFindingState.safeParse(value).data : undefined;
  return state === undefined ? value : stateWord(state);
}

/** Another filter has other pages. */
function firstPage(state: ViewState): ViewState {
  return withPlain(state, "cursor", []);
}

function Shown() {
  const { state } = useView();
  const page = useFindings().data;
  if (page === undefined) return null;
  const all = writeUrl(withPlain(firstPage(state), "state", [...everyState]));
  return (
    <span role="status">
      {format.count(page.total.value)} shown
      {page.notShown === 0 ? null : (
        <>
          {" · "}
          <Link className="link" href={`/findings${all}`}>
            {format.count(page.notShown)} not shown
          </Link>{" "}
          (resolved, withdrawn or waived)
        </>
      )}
    </span>
  );
}
