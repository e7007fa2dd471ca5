import { shownVerdict, type ControlResult, type Days, type Verdict } from "../../server/domain/compliance.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { targetName, useControls, worstFirst } from "../compliance/answers.ts";
import { choiceOf, isInPlace } from "../compliance/choose.ts";
import { format } from "../format.ts";
import { VerdictBadge } from "../ui/badges.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { TargetName } from "../ui/target-name.tsx";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

const retentionControls: ReadonlySet<string> = new Set(["log-group-retention", "s3-log-retention"]);

export const logRetention: PanelSpec = {
  id: "log-retention",
  title: "Retention",
  View: LogRetention,
};

function LogRetention() {
  const answer = useControls();
  const choice = choiceOf(useView().state);
  if (answer.data?.report === null) return null;
  const needed = answer.data?.report?.policy.settings["minimumDays"];
  return (
    <Panel
      title="Retention"
      note={`days that a record is kept${typeof needed === "number" ? `, needed ${needed}` : ""}`}
      width="c8"
      fill
      busy={answer.isFetching}
      foot={<span>Kept: until the store deletes it. Readable: until it is moved where it cannot be read at once.</span>}
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={6} />}>
        {({ report }) => {
          const rows = (report?.results ?? [])
            .filter((one) => isStore(one) && isInPlace(one, choice))
            .toSorted(byVerdict);
          if (rows.length === 0) return <Empty title="No store of logs was judged" icon="unknown" tone="warn" />;
          return (
            <Table caption="Retention by target and store" columns={columns} rows={rows} rowKey={({ id }) => id} />
          );
        }}
      </Answered>
    </Panel>
  );
}

/** Of a destination that is not configured there is nothing to keep. */
function isStore({ control, verdict }: ControlResult): boolean {
  return retentionControls.has(control) && verdict !== "NOT_APPLICABLE";
}

function byVerdict(a: ControlResult, b: ControlResult): number {
  const rank = (result: ControlResult) => worstFirst.indexOf(shownVerdict(result));
  return rank(a) - rank(b) || targetName(a).localeCompare(targetName(b));
}

const columns: readonly Column<ControlResult>[] = [
  {
    id: "target",
    head: "Target",
    className: "nowrap",
    cell: ({ account, region }) => <TargetName account={account} region={region} />,
  },
  {
    id: "store",
    head: "Store",
    className: "store",
    cell: ({ resource }) => <code className="wrap">{visibleText(resource)}</code>,
  },
  {
    id: "kept",
    head: "Kept",
    right: true,
    cell: ({ keptDays, verdict }) => <DaysCell days={keptDays} verdict={verdict} loud={verdict === "FAIL"} />,
  },
  {
    id: "readable",
    head: "Readable",
    right: true,
    cell: ({ readableDays, verdict }) => <DaysCell days={readableDays} verdict={verdict} loud={false} />,
  },
  { id: "verdict", head: "Verdict", cell: (result) => <VerdictBadge verdict={shownVerdict(result)} /> },
];

/** Days that could not be read are no days that do not matter. */
function DaysCell({ days, loud, verdict }: { days: Days; loud: boolean; verdict: Verdict }) {
  if (days === null) return <span className="muted">{verdict === "NOT_APPLICABLE" ? "n/a" : "not known"}</span>;
  return <span className={loud ? "bad strong" : undefined}>{days === "forever" ? days : format.count(days)}</span>;
}
