import { useState } from "react";
import { api } from "../../server/domain/api.ts";
import { addSums, type HourCoverage, type TargetHours } from "../../server/domain/hour-coverage.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { choiceOf, isInPlace, type Choice } from "../compliance/choose.ts";
import { HourLegend, HourStrip } from "../compliance/hour-strip.tsx";
import { hourStates, hourWord, troubledSpans, worstHours, type TroubledSpan } from "../compliance/hours.ts";
import { counted, format } from "../format.ts";
import { formatRange, formatTime } from "../format-time.ts";
import { useAnswer } from "../queries.ts";
import { Icon } from "../ui/icon.tsx";
import { Panel } from "../ui/panel.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

export const hourCoverage: PanelSpec = {
  id: "hour-coverage",
  title: "Coverage per hour",
  View: HourCoveragePanel,
};

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const lengths = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
] as const;
type Days = (typeof lengths)[number]["value"];

/** Another choice of places begins at its first page. */
function HourCoveragePanel() {
  const { state } = useView();
  const choice = choiceOf(state);
  return <Coverage key={JSON.stringify(choice.targets)} choice={choice} />;
}

function Coverage({ choice }: { choice: Choice }) {
  const { zone } = useView();
  const [days, setDays] = useState<Days>("7");
  const [pages, setPages] = useState<readonly string[]>([]);
  const after = pages.at(-1);
  const answer = useAnswer(api.complianceCoverage, {
    ...spanOf(days),
    ...asked(choice),
    ...(after === undefined ? {} : { after }),
  });
  const { data } = answer;
  const targets = data?.targets.filter((target) => isInPlace(target, choice)) ?? [];
  return (
    <Panel
      title="Coverage per hour"
      note={data === undefined ? undefined : `stored ÷ expected, ${formatRange(data.from, data.to, zone)} ${zone}`}
      tools={
        <span className="row">
          <HourLegend />
          <Segmented label="Length" value={days} options={lengths} onChange={setDays} />
        </span>
      }
      busy={answer.isFetching}
      foot={data === undefined ? undefined : <Foot targets={targets} total={data.total} />}
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={6} />}>
        {(coverage) => (
          <>
            {targets.length === 0 ? <NoTarget coverage={coverage} /> : <Strips coverage={coverage} targets={targets} />}
            {pages.length === 0 && coverage.next === null ? null : (
              <Pages
                onBefore={pages.length === 0 ? null : () => setPages(pages.slice(0, -1))}
                onNext={coverage.next === null ? null : () => setPages([...pages, coverage.next ?? ""])}
              />
            )}
          </>
        )}
      </Answered>
    </Panel>
  );
}

/** Seven days are the server's own choice. The hour is rounded, so that the same question is asked for an hour. */
function spanOf(days: Days): { from?: string } {
  if (days === "7") return {};
  const end = Math.floor((Date.now() - hourMs) / hourMs) * hourMs;
  return { from: new Date(end - Number(days) * dayMs).toISOString() };
}

/** Names are asked for; any other choice is made of the page that is shown. */
function asked({ targets }: Choice): { account?: string; region?: string } {
  const names = (field: string) => targets.find((one) => one.field === field && one.op === "in")?.values.join(",");
  const [account, region] = [names("account"), names("region")];
  return { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
}

function NoTarget({ coverage: { total } }: { coverage: HourCoverage }) {
  return (
    <Empty icon="unknown" tone="warn" title="No target to show">
      <p>
        {total === 0
          ? "Nothing was checked and nothing was read of what these filters leave."
          : "The filters leave none of these targets."}
      </p>
    </Empty>
  );
}

function Pages({ onBefore, onNext }: { onBefore: (() => void) | null; onNext: (() => void) | null }) {
  return (
    <div className="panel-body row">
      <button className="btn small" type="button" disabled={onBefore === null} onClick={() => onBefore?.()}>
        <Icon name="left" small />
        Targets before
      </button>
      <button className="btn small" type="button" disabled={onNext === null} onClick={() => onNext?.()}>
        More targets
        <Icon name="right" small />
      </button>
    </div>
  );
}

function Strips({ coverage, targets }: { coverage: HourCoverage; targets: readonly TargetHours[] }) {
  const { zone } = useView();
  const quiet = targets.filter(isQuiet);
  return (
    <div className="panel-body stackx">
      <ul className="cover">
        {targets
          .filter((target) => !isQuiet(target))
          .map((target) => (
            <li key={`${target.account}/${target.region}`}>
              <span className="id">
                {visibleText(target.account)}/<wbr />
                <b>{visibleText(target.region)}</b>
              </span>
              <HourStrip target={target} />
              <span className="value">
                {format.percent(target.sums.share)} <span className="muted small">{worstHours(target.sums)}</span>
              </span>
            </li>
          ))}
        <li aria-hidden="true">
          <span className="axis">
            {axisOf(coverage, zone).map((label) => (
              <span key={label}>{label}</span>
            ))}
          </span>
        </li>
      </ul>
      {quiet.length === 0 ? null : (
        <p className="muted">
          No traffic in any hour: <span className="wrap">{quiet.map(nameOf).join(", ")}</span>.
        </p>
      )}
      <Tables targets={targets} zone={zone} />
    </div>
  );
}

/** Nothing was called in all the time: a line of its own would show nothing. */
function isQuiet({ hours, sums }: TargetHours): boolean {
  return sums.hours["no-traffic"] === hours.length;
}

/** Spans between the labels: one a day of a week. */
const axisSpans = 7;

function axisOf({ from, to }: HourCoverage, zone: string): readonly string[] {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const style = end - start > axisSpans * dayMs ? "day" : "weekday";
  return Array.from({ length: axisSpans + 1 }, (_, index) => {
    const at = new Date(start + ((end - start) * index) / axisSpans).toISOString();
    return formatTime(at, zone, index === 0 ? "dayMinute" : style);
  });
}

const mostTold = 100;

/** The same in words and numbers. */
function Tables({ targets, zone }: { targets: readonly TargetHours[]; zone: string }) {
  const troubles = troubledSpans(targets);
  return (
    <>
      {troubles.length === 0 ? (
        <p className="muted">Nothing is missing in any of these hours.</p>
      ) : (
        <details className="data">
          <summary>
            <Icon name="right" />
            {counted(troubles.length, "span")} not covered
          </summary>
          <Table
            className="tall"
            caption={`Spans that are not covered, the worst first${troubles.length > mostTold ? `: ${mostTold} of ${format.count(troubles.length)}` : ""}`}
            columns={troubleColumns(zone)}
            rows={troubles.slice(0, mostTold)}
            rowKey={({ target: { account, region }, from }) => `${account}/${region} ${from}`}
          />
          {troubles.length > mostTold ? (
            <p className="muted small">
              {mostTold} of {format.count(troubles.length)} are told. Filter by account or region for others.
            </p>
          ) : null}
        </details>
      )}
      <details className="data">
        <summary>
          <Icon name="right" />
          Show data table
        </summary>
        <Table
          caption="Coverage by target, in hours"
          columns={sumColumns}
          rows={targets}
          rowKey={({ account, region }) => `${account}/${region}`}
        />
      </details>
    </>
  );
}

function troubleColumns(zone: string): readonly Column<TroubledSpan>[] {
  return [
    { id: "target", head: "Target", className: "nowrap", cell: ({ target }) => nameOf(target) },
    { id: "span", head: `Hours, ${zone}`, className: "nowrap", cell: ({ from, to }) => formatRange(from, to, zone) },
    { id: "hours", head: "Length", right: true, className: "nowrap", cell: ({ hours }) => `${format.count(hours)} h` },
    { id: "state", head: "State", className: "nowrap", cell: ({ state }) => hourWord(state) },
    { id: "stored", head: "Stored", right: true, cell: ({ stored }) => format.count(stored) },
    { id: "expected", head: "Expected at least", right: true, cell: ({ expected }) => format.count(expected) },
    {
      id: "why",
      head: "Why unknown",
      className: "store",
      cell: ({ state, target, to }) => (state === "unknown" ? whyUnknown(target, to, zone) : ""),
    },
  ];
}

function whyUnknown({ callsUnread, checkedAt, readThrough }: TargetHours, to: string, zone: string): string {
  if (callsUnread !== null) return `calls not known: ${visibleText(callsUnread)}`;
  if (readThrough === null) return "no record was read";
  if (readThrough < to) return `records complete through ${formatTime(readThrough, zone, "dayMinute")}`;
  return checkedAt === null
    ? ""
    : `outside what the check of ${formatTime(checkedAt, zone, "dayMinute")} counted, or not read`;
}

function nameOf({ account, region }: Pick<TargetHours, "account" | "region">): string {
  return visibleText(`${account}/${region}`);
}

const sumColumns: readonly Column<TargetHours>[] = [
  { id: "target", head: "Target", className: "nowrap", cell: nameOf },
  { id: "share", head: "Coverage", right: true, className: "nowrap", cell: ({ sums }) => format.percent(sums.share) },
  { id: "stored", head: "Stored", right: true, cell: ({ sums }) => format.count(sums.stored) },
  { id: "expected", head: "Expected at least", right: true, cell: ({ sums }) => format.count(sums.expected) },
  ...hourStates.toReversed().map((state): Column<TargetHours> => ({
    id: state,
    head: `${hourWord(state)}, h`,
    right: true,
    cell: ({ sums }) => format.count(sums.hours[state]),
  })),
];

function Foot({ targets, total }: { targets: readonly TargetHours[]; total: number }) {
  const { zone } = useView();
  const sums = addSums(targets.map((target) => target.sums));
  const checks = targets.flatMap(({ checkedAt }) => checkedAt ?? []).toSorted();
  const [oldest] = checks;
  const shown =
    targets.length === total ? counted(total, "target") : `${targets.length} of ${counted(total, "target")}`;
  return (
    <span>
      {shown}: {format.percent(sums.share)} of {counted(sums.expected, "call")}. {format.percent(sums.unknownShare)} of
      the hours are unknown, which never count as covered.{" "}
      {oldest === undefined
        ? "No check has counted the calls."
        : `Calls as counted by the check of ${formatTime(oldest, zone, "dayMinute")}${checks.length > 1 && oldest !== checks.at(-1) ? " or later" : ""}.`}
    </span>
  );
}
