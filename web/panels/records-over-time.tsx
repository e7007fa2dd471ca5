import { ChartAnswer } from "../charts/chart-answer.tsx";
import { TimeChart } from "../charts/time-chart.tsx";
import { counted, format } from "../format.ts";
import { nameOf } from "../names.ts";
import { usePanelMetric } from "../panel-metric.ts";
import { BucketChoice, perBucket } from "../ui/bucket-choice.tsx";
import { Panel } from "../ui/panel.tsx";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

export const recordsOverTime: PanelSpec = {
  id: "records-over-time",
  title: "Records over time",
  View: RecordsOverTime,
};

function RecordsOverTime() {
  const { state, zone } = useView();
  const bucket = state.bucket ?? "auto";
  const answer = usePanelMetric({ measures: ["invocations"], dimensions: ["status"], bucket });
  const shown = answer.data?.query.bucket ?? bucket;
  const title = `Records ${perBucket(shown)} by status`;
  return (
    <Panel title={title} busy={answer.isFetching} tools={<BucketChoice shown={shown} />}>
      <ChartAnswer answer={answer}>
        {(result) => (
          <TimeChart
            title={title}
            summary={
              <>
                {counted(result.totals.values.invocations ?? 0, "call")}, {zone}. Attempts are counted: a retry is a
                call.
              </>
            }
            result={result}
            measure="invocations"
            name={(key) => nameOf("status", key)}
            formatExact={format.count}
            formatShort={format.compact}
            before={null}
            short
          />
        )}
      </ChartAnswer>
    </Panel>
  );
}
