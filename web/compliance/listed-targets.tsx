import type { TargetResult } from "../../server/domain/compliance.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { countBy } from "../count-by.ts";
import { counted } from "../format.ts";
import { Icon } from "../ui/icon.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { TargetName } from "../ui/target-name.tsx";
import { targetName } from "./answers.ts";
import { reasonWords } from "./choose.ts";

/** Every target that has no row, and why: the denominator never shrinks in silence. */
export function ListedTargets({ targets }: { targets: readonly TargetResult[] }) {
  if (targets.length === 0) return <span>Every target of the run has a row.</span>;
  const excluded = targets.filter(({ state }) => state === "excluded");
  const inapplicable = targets.filter(({ state }) => state === "not-applicable");
  return (
    <details className="data">
      <summary>
        <Icon name="right" />
        <span>{[summed(excluded, "excluded"), summed(inapplicable, "not applicable")].filter(Boolean).join("; ")}</span>
      </summary>
      <Table
        caption="Targets without a row, and why"
        columns={columns}
        rows={targets.toSorted((a, b) => targetName(a).localeCompare(targetName(b)))}
        rowKey={targetName}
      />
    </details>
  );
}

function summed(targets: readonly TargetResult[], word: string): string {
  if (targets.length === 0) return "";
  const byCode = countBy(targets, ({ code }) => code ?? "no reason given");
  return `${counted(targets.length, "target")} ${word}: ${byCode.map(([code, count]) => `${count} ${visibleText(code)}`).join(", ")}`;
}

const columns: readonly Column<TargetResult>[] = [
  {
    id: "target",
    head: "Target",
    className: "nowrap",
    cell: ({ account, region }) => <TargetName account={account} region={region} />,
  },
  { id: "state", head: "State", cell: ({ state }) => (state === "excluded" ? "Excluded" : "Not applicable") },
  { id: "reason", head: "Reason", cell: ({ code }) => visibleText(reasonWords(code)) },
];
