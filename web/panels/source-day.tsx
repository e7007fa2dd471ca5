import { useId, type ReactNode } from "react";
import { Link } from "wouter";
import { api } from "../../server/domain/api.ts";
import type { SourceStatus, UnitState } from "../../server/domain/coverage.ts";
import type { LedgerDay, LedgerUnit, LedgerWindow, SourceDay } from "../../server/domain/ledger.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { countColumns, LawMark } from "../compliance/counts.tsx";
import { counted, format } from "../format.ts";
import { formatTime } from "../format-time.ts";
import { useAnswer } from "../queries.ts";
import { Marked } from "../ui/badges.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { Pager } from "../ui/pager.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { withPlain, writeUrl, type PlainKey, type ViewState } from "../url-state.ts";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

export const sourceDay: PanelSpec = {
  id: "source-day",
  title: "Ledger by unit",
  View: SourceDayPanel,
};

const title = "Ledger by unit";
const note = "one source on one UTC day: what waits or was refused first, with reason and remedy";

/** What the choice of one makes void: its days, the hours of those, the pages of these. */
const below = ["ledger", "day", "hour", "cursor"] as const satisfies readonly PlainKey[];

/** The state with one part of the choice set, and what depended on it gone. */
function chosen(state: ViewState, key: (typeof below)[number], values: readonly string[]): ViewState {
  return below
    .slice(below.indexOf(key) + 1)
    .reduce((left, gone) => withPlain(left, gone, []), withPlain(state, key, values));
}

function SourceDayPanel() {
  const { state } = useView();
  const answer = useAnswer(api.ledger, {});
  const sources = answer.data?.sources ?? [];
  const [source = firstChoice(sources)] = state.plain.get("ledger") ?? [];
  if (source !== null) return <OfSource key={source} source={source} sources={sources} />;
  return (
    <Panel title={title} note={note} busy={answer.isFetching}>
      <Answered answer={answer} loading={<RowsSkeleton rows={5} />}>
        {() => <Empty icon="unknown" tone="warn" title="No source of records is known yet" />}
      </Answered>
    </Panel>
  );
}

/** A source of which something waits, else the first that was read. */
function firstChoice(sources: readonly SourceStatus[]): string | null {
  const waits = sources.find(({ backlog }) => backlog.units > 0);
  return (waits ?? sources.find(({ counts }) => counts.read > 0) ?? sources[0])?.id ?? null;
}

function OfSource({ source, sources }: { source: string; sources: readonly SourceStatus[] }) {
  const { state } = useView();
  const answer = useAnswer(api.sourceDays, { source });
  // Days of the source that was shown before are none of this one.
  const days = answer.isPlaceholderData ? undefined : answer.data?.days.toReversed();
  const [day = days === undefined ? null : firstDay(days)] = state.plain.get("day") ?? [];
  const choices = <Choices source={source} sources={sources} day={day} days={days ?? []} />;
  if (day !== null) return <OfDay source={source} day={day} choices={choices} />;
  return (
    <Panel title={title} note={note} busy={answer.isFetching}>
      {choices}
      <Answered answer={answer} loading={<RowsSkeleton rows={5} />}>
        {() =>
          days === undefined ? (
            <RowsSkeleton rows={5} />
          ) : (
            <Empty icon="unknown" tone="warn" title="Nothing of this source was read, and nothing waits" />
          )
        }
      </Answered>
    </Panel>
  );
}

/** The newest day on which something waits, else the newest. */
function firstDay(days: readonly LedgerDay[]): string | null {
  return (days.find(({ waiting }) => waiting > 0) ?? days[0])?.day ?? null;
}

interface ChoicesProps {
  readonly source: string;
  readonly sources: readonly SourceStatus[];
  readonly day: string | null;
  readonly days: readonly LedgerDay[];
}

function Choices({ source, sources, day, days }: ChoicesProps) {
  const { state, change } = useView();
  const known = sources.some(({ id }) => id === source);
  const listed = days.some((one) => one.day === day);
  return (
    <div className="panel-body choose-day">
      <Choose
        label="Source"
        value={source}
        options={[
          ...(known ? [] : [{ value: source, word: source }]),
          ...sources.map((one) => ({ value: one.id, word: sourceWords(one) })),
        ]}
        onChange={(id) => change(chosen(state, "ledger", [id]))}
      />
      <Choose
        label="Day"
        value={day ?? ""}
        options={[
          ...(listed || day === null ? [] : [{ value: day, word: day }]),
          ...days.map((one) => ({ value: one.day, word: dayWords(one) })),
        ]}
        onChange={(next) => change(chosen(withPlain(state, "ledger", [source]), "day", [next]))}
      />
    </div>
  );
}

function sourceWords({ accountId, backlog, kind, place, region }: SourceStatus): string {
  const target = accountId === null || region === null ? "" : ` ${accountId}/${region}`;
  return `${kind}${target} ${place}${backlog.units > 0 ? `: ${counted(backlog.units, "unit")} waiting` : ""}`;
}

function dayWords({ counts, day, lost, waiting }: LedgerDay): string {
  return [
    `${day}: ${format.count(counts.read)} read`,
    ...(waiting > 0 ? [`${format.count(waiting)} waiting`] : []),
    ...(lost > 0 ? [`${format.count(lost)} lost`] : []),
  ].join(", ");
}

interface ChooseProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly word: string }[];
  readonly onChange: (value: string) => void;
}

function Choose({ label, value, options, onChange }: ChooseProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select className="input" id={id} value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {visibleText(option.word)}
          </option>
        ))}
      </select>
    </div>
  );
}

function OfDay({ source, day, choices }: { source: string; day: string; choices: ReactNode }) {
  const view = useView();
  // Links lead to this source and day, whatever is shown by default by then.
  const state = withPlain(withPlain(view.state, "ledger", [source]), "day", [day]);
  const [[hour], [cursor]] = [state.plain.get("hour") ?? [], state.plain.get("cursor") ?? []];
  const answer = useAnswer(api.sourceDay, {
    source,
    day,
    ...(hour === undefined ? {} : { window: hour }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  return (
    <Panel
      title={title}
      note={note}
      busy={answer.isFetching}
      foot={
        answer.data === undefined ? undefined : (
          <>
            <span>
              {answer.data.items.length} of {counted(answer.data.total, "unit")}
            </span>
            <Pager next={answer.data.next} of={state} />
          </>
        )
      }
    >
      {choices}
      <Answered answer={answer} loading={<RowsSkeleton rows={6} />}>
        {(data) => (
          <>
            <Windows of={data} hour={hour ?? null} state={state} />
            {data.items.length === 0 ? (
              <Empty title="No unit of this source on this day" />
            ) : (
              <Table
                className="wide tall"
                caption="Units of the source on the day, what waits or was refused first"
                columns={unitColumns}
                rows={data.items}
                rowKey={({ id }) => String(id)}
              />
            )}
          </>
        )}
      </Answered>
    </Panel>
  );
}

/** The day in one sentence, its hours below, each a way to its units. */
function Windows({ of, hour, state }: { of: SourceDay; hour: string | null; state: ViewState }) {
  const { counts, windows } = of;
  const broken = windows.filter(({ holds }) => holds === false);
  const unsure = windows.filter(({ holds }) => holds === null);
  return (
    <div className="panel-body stackx">
      {broken.length === 0 ? (
        <p>
          {format.count(counts.read)} read. The law holds for {counted(windows.length - unsure.length, "hour")}
          {unsure.length === 0
            ? " and agrees with its units."
            : `; of ${format.count(unsure.length)} it is not known, as the store was being written.`}
        </p>
      ) : (
        <div className="callout bad" role="alert">
          <Icon name="fail" />
          <p>It does not hold, or disagrees with the units, for {broken.map(windowName).join(", ")}.</p>
        </div>
      )}
      {hour === null ? null : (
        <p>
          Only the units of {windowName({ from: hour })} are listed.{" "}
          <Link className="link" href={`/compliance${writeUrl(chosen(state, "hour", []))}`}>
            Show the whole day
          </Link>
        </p>
      )}
      <details className="data">
        <summary>
          <Icon name="right" />
          Show by hour (UTC)
        </summary>
        <Table
          caption="The ledger of the source on the day, by hour"
          columns={windowColumns(state)}
          rows={windows}
          rowKey={({ from }) => from ?? "flat"}
          selected={({ from }) => from === hour}
        />
      </details>
    </div>
  );
}

function windowName({ from }: Pick<LedgerWindow, "from">): string {
  return from === null ? "in no hour" : formatTime(from, "UTC", "minute");
}

const windowStates: Readonly<Record<LedgerWindow["state"], string>> = {
  open: "Open",
  provisional: "Provisional",
  settled: "Settled",
  "before-since": "Not read, before since",
};

function windowColumns(state: ViewState): readonly Column<LedgerWindow>[] {
  const hrefOf = (from: string) => `/compliance${writeUrl(chosen(state, "hour", [from]))}`;
  return [
    {
      id: "hour",
      head: "Hour",
      className: "nowrap",
      cell: ({ from, units }) =>
        from === null || units === 0 ? (
          windowName({ from })
        ) : (
          <Link className="link" href={hrefOf(from)}>
            {windowName({ from })}
          </Link>
        ),
    },
    {
      id: "state",
      head: "State",
      cell: ({ error, from, state }) => {
        const word = from === null && state === "before-since" ? "Counted, not read" : windowStates[state];
        return error === null ? word : `${word}, listing failed: ${visibleText(error)}`;
      },
    },
    { id: "units", head: "Units", right: true, cell: ({ units }) => format.count(units) },
    { id: "waiting", head: "Waiting", right: true, cell: ({ waiting }) => format.count(waiting) },
    { id: "lost", head: "Lost", right: true, cell: ({ lost }) => format.count(lost) },
    ...countColumns<LedgerWindow>(),
    { id: "law", head: "Law", cell: ({ holds }) => <LawMark holds={holds} /> },
  ];
}

const stateLooks: Readonly<Record<UnitState, { readonly word: string; readonly icon: IconName; tone: string }>> = {
  listed: { word: "Waiting", icon: "progress", tone: "warn" },
  fetching: { word: "Being read", icon: "progress", tone: "warn" },
  denied: { word: "Refused", icon: "lock", tone: "warn" },
  archived: { word: "Archived", icon: "lock", tone: "warn" },
  corrupt: { word: "Damaged, waiting", icon: "warning", tone: "warn" },
  partial: { word: "Read in part", icon: "fail", tone: "bad" },
  vanished: { word: "Gone", icon: "fail", tone: "bad" },
  oversize: { word: "Too large", icon: "fail", tone: "bad" },
  crashed: { word: "Broke its reader", icon: "fail", tone: "bad" },
  replaced: { word: "Replaced", icon: "na", tone: "muted" },
  done: { word: "Read", icon: "pass", tone: "muted" },
  ignored: { word: "Ignored", icon: "na", tone: "muted" },
};

const unitColumns: readonly Column<LedgerUnit>[] = [
  {
    id: "unit",
    head: "Unit",
    className: "place",
    cell: ({ id, kind, name, sizeBytes, window }) => (
      <>
        <code className="wrap">{visibleText(name)}</code>
        <br />
        <span className="muted small">
          {kind} {id}, {format.count(sizeBytes)} bytes{window === null ? "" : `, ${windowName({ from: window })} UTC`}
        </span>
      </>
    ),
  },
  { id: "state", head: "State, reason and remedy", className: "what", cell: (unit) => <State unit={unit} /> },
  ...countColumns<LedgerUnit>(),
  { id: "law", head: "Law", cell: ({ holds }) => <LawMark holds={holds} /> },
];

function State({ unit: { attempts, ignoredBy, nextAttemptAt, rule, state, trouble } }: { unit: LedgerUnit }) {
  const { zone } = useView();
  const { icon, tone, word } = stateLooks[state];
  const rules = Object.entries(ignoredBy).map(([name, lines]) => `${visibleText(name)} ${format.count(lines)}`);
  return (
    <span className="stack1">
      <Marked icon={icon} word={word} tone={tone} />
      {trouble === null ? null : (
        <>
          <span>
            {visibleText(trouble.reason)} {trouble.code === null ? null : <code>{visibleText(trouble.code)}</code>}
          </span>
          <span className="muted small">
            {trouble.remedy}
            {nextAttemptAt === null
              ? ""
              : ` Next try ${formatTime(nextAttemptAt, zone, "dayMinute")}, after ${counted(attempts, "attempt")}.`}
          </span>
        </>
      )}
      {rules.length === 0 ? null : (
        <span className="muted small">{rule === null ? `ignored by ${rules.join(", ")}` : visibleText(rule)}</span>
      )}
    </span>
  );
}
