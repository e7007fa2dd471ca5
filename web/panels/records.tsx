import { Link } from "wouter";
import type { PricedInvocation } from "../../server/domain/invocation-answers.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { format } from "../format.ts";
import { formatTime } from "../format-time.ts";
import { ExportButton } from "../record/export-button.tsx";
import { recordHref } from "../record/record-href.ts";
import { allTokens } from "../record/tokens.ts";
import { sortOf, useRecords } from "../record/use-records.ts";
import { guardrailWord, StatusBadge } from "../record/words.tsx";
import { modelParts } from "../ui/identifier.tsx";
import { useMay } from "../ui/number-link.tsx";
import { Pager } from "../ui/pager.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column, type Sort } from "../ui/table.tsx";
import { SubjectName, TwoLine } from "../ui/two-line.tsx";
import { withPlain } from "../url-state.ts";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

export const records: PanelSpec = {
  id: "records",
  title: "Records",
  View: Records,
};

function Records() {
  const { state, zone, change } = useView();
  const answer = useRecords();
  const may = useMay("invocations.read");
  const sort = sortOf(state);
  const order = ({ by, dir }: Sort) =>
    change(withPlain(withPlain(state, "sort", [dir === "desc" ? `-${by}` : by]), "cursor", []));
  return (
    <Panel
      title="Records"
      note={answer.data === undefined ? undefined : pageWords(answer.data.items.length, answer.data.total)}
      busy={answer.isFetching}
      tools={answer.data === undefined ? undefined : <ExportButton page={answer.data} />}
      foot={answer.data === undefined ? undefined : <Pager next={answer.data.next} />}
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={12} />}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No records to list">
              <p>The panel above says whether that is a real zero.</p>
            </Empty>
          ) : (
            <Table
              className="tall"
              caption={`Records, times in ${zone}`}
              columns={columnsOf(zone, may)}
              rows={items}
              rowKey={({ id }) => id}
              sort={sort}
              onSort={order}
            />
          )
        }
      </Answered>
    </Panel>
  );
}

function pageWords(shown: number, { value, exact }: { readonly value: number; readonly exact: boolean }): string {
  return `${format.count(shown)} of ${exact ? "" : "at least "}${format.count(value)}`;
}

function columnsOf(zone: string, may: boolean): readonly Column<PricedInvocation>[] {
  return [
    {
      id: "time",
      head: "Time",
      sortable: true,
      className: "nowrap",
      cell: ({ id, time, principal }) => {
        const words = formatTime(time, zone, "daySecond");
        if (!may) return words;
        return (
          <Link href={recordHref(id, time, zone)} aria-label={`Open record ${words} ${visibleText(principal)}`}>
            {words}
          </Link>
        );
      },
    },
    {
      id: "principal",
      head: "Principal",
      className: "nowrap subject",
      cell: ({ principalKey }) => <SubjectName subject={principalKey} />,
    },
    {
      id: "model",
      head: "Model, endpoint, region",
      className: "nowrap",
      cell: ({ model, modelId, endpointType, region }) => {
        const whole = model ?? modelId ?? "(none)";
        return <TwoLine main={modelParts(whole).main} below={`${endpointType} · ${region}`} whole={whole} />;
      },
    },
    { id: "status", head: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
    {
      id: "guardrail",
      head: "Guardrail",
      className: "nowrap muted",
      cell: ({ guardrailOutcome }) => guardrailWord(guardrailOutcome),
    },
    { id: "tokens", head: "Tokens", right: true, sortable: true, cell: (row) => format.count(allTokens(row)) },
    { id: "cost", head: "Cost, est.", right: true, sortable: true, cell: ({ costUsd }) => format.usd(costUsd) },
    { id: "latency", head: "ms", right: true, sortable: true, cell: ({ latencyMs }) => format.count(latencyMs) },
  ];
}
