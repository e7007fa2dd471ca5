import type { CheckReport, WaiverInForce } from "../../server/domain/compliance.ts";
import type { DetectionWaivers } from "../../server/domain/finding.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { targetName, useControls } from "../compliance/answers.ts";
import { controlHead } from "../compliance/choose.ts";
import { counted, format } from "../format.ts";
import { Marked } from "../ui/badges.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import type { PanelSpec } from "./panel.ts";

export const waivers: PanelSpec = {
  id: "waivers",
  title: "Waivers",
  View: Waivers,
};

type WaiverState = "expired" | "expiring" | "used" | "unused";

interface WaiverRow {
  readonly id: string;
  readonly state: WaiverState;
  /** Null where an older version kept the run, and no result of it has the waiver: its file says more. */
  readonly waiver: WaiverInForce | null;
  /** Results that it covers. */
  readonly covers: readonly string[];
}

/** What needs a person first. */
const states: readonly WaiverState[] = ["expired", "expiring", "unused", "used"];

function Waivers() {
  const answer = useControls();
  if (answer.data?.report === null) return null;
  const report = answer.data?.report;
  return (
    <Panel
      title="Waivers"
      note={report === undefined ? undefined : noteOf(report)}
      width="c8"
      fill
      busy={answer.isFetching}
      foot={<span>A waiver hides nothing: what it covers is counted as Waived, and its verdict stands beneath.</span>}
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={3} />}>
        {() => {
          const rows = [
            ...(report === undefined ? [] : waiverRows(report)),
            ...detectionRows(answer.data?.detectionWaivers ?? null),
          ];
          if (rows.length === 0) {
            return (
              <Empty title="The last run was given no waiver">
                <p>An accepted FAIL is written into the file of waivers, with owner, reason, ticket and a last day.</p>
              </Empty>
            );
          }
          return <Table caption="Waivers of the last run" columns={columns} rows={rows} rowKey={({ id }) => id} />;
        }}
      </Answered>
    </Panel>
  );
}

function noteOf({ waivers: { used, expiring, expired, unused } }: CheckReport): string {
  const all = new Set([...used, ...expiring]);
  return [
    `${format.count(all.size)} in force`,
    expiring.length === 0 ? "" : `${format.count(expiring.length)} expiring in 14 days`,
    expired.length === 0 ? "" : `${format.count(expired.length)} expired`,
    unused.length === 0 ? "" : `${format.count(unused.length)} unused`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** One row a waiver; one that expires soon is in force too, and stands once. */
export function waiverRows({ waivers: ids, results }: CheckReport): readonly WaiverRow[] {
  const seen = new Set<string>();
  return states.flatMap((state) =>
    ids[state].flatMap((id): WaiverRow[] => {
      if (seen.has(id)) return [];
      seen.add(id);
      const covered = results.filter(({ waiver }) => waiver?.id === id);
      const covers = covered.map((result) => `${controlHead(result.control)}, ${targetName(result)}`);
      const told = ids.given.find((waiver) => waiver.id === id) ?? covered[0]?.waiver ?? null;
      return [{ id, state, waiver: told, covers }];
    }),
  );
}

/** Of detections: what each accepts is counted, its findings stand on their own page. */
export function detectionRows(waivers: DetectionWaivers | null): readonly WaiverRow[] {
  if (waivers === null) return [];
  const stateOf = ({ id }: { id: string }) => states.find((state) => waivers[state].includes(id)) ?? "unused";
  return waivers.given
    .map((waiver): WaiverRow => {
      const covers = waiver.covers === 0 ? [] : [`${waiver.detection}, ${counted(waiver.covers, "finding")}`];
      return { id: waiver.id, state: stateOf(waiver), waiver, covers };
    })
    .toSorted((a, b) => states.indexOf(a.state) - states.indexOf(b.state));
}

const columns: readonly Column<WaiverRow>[] = [
  { id: "id", head: "Id", className: "nowrap", cell: ({ id }) => visibleText(id) },
  { id: "state", head: "State", className: "nowrap", cell: ({ state }) => <StateMark state={state} /> },
  {
    id: "covers",
    head: "Covers",
    cell: ({ covers }) =>
      covers.length === 0 ? (
        <span className="muted">nothing</span>
      ) : (
        <span title={covers.map(visibleText).join("\n")}>
          {visibleText(covers[0] ?? "")}
          {covers.length > 1 ? <span className="muted"> and {counted(covers.length - 1, "more result")}</span> : null}
        </span>
      ),
  },
  { id: "reason", head: "Reason", cell: ({ waiver }) => <Told text={waiver?.reason} /> },
  { id: "owner", head: "Owner", cell: ({ waiver }) => <Told text={waiver?.owner} /> },
  { id: "ticket", head: "Ticket", className: "nowrap", cell: ({ waiver }) => <Told text={waiver?.ticket} /> },
  { id: "expires", head: "Through", className: "nowrap", cell: ({ waiver }) => <Told text={waiver?.expires} /> },
];

function Told({ text }: { text: string | undefined }) {
  if (text === undefined) return <span className="muted">in its file</span>;
  return visibleText(text);
}

function StateMark({ state }: { state: WaiverState }) {
  if (state === "expired") return <Marked icon="fail" word="Expired" tone="bad" />;
  if (state === "expiring") return <Marked icon="warning" word="Expiring" tone="warn" />;
  if (state === "unused") return <Marked icon="na" word="Unused" tone="muted" />;
  return <Marked icon="waived" word="In force" tone="muted" />;
}
