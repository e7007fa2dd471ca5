import type { Dimension, MetricResult } from "../../server/domain/metric.ts";
import { gapsOf } from "../charts/series.ts";
import { ChartAnswer } from "../charts/chart-answer.tsx";
import { TimeChart } from "../charts/time-chart.tsx";
import { counted, format } from "../format.ts";
import { formatDuration } from "../format-time.ts";
import { nameOf } from "../names.ts";
import { usePanelMetric } from "../panel-metric.ts";
import { wordsBefore } from "../presets.ts";
import { BucketChoice, perBucket } from "../ui/bucket-choice.tsx";
import { Panel } from "../ui/panel.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

const groups = [
  { value: "status", label: "Status" },
  { value: "model", label: "Model" },
  { value: "principal", label: "Principal" },
  { value: "region", label: "Region" },
  { value: "operation", label: "Operation" },
  { value: "endpointType", label: "Endpoint" },
] as const satisfies readonly { value: Dimension; label: string }[];

type Group = (typeof groups)[number]["value"];

export const invocationsOverTime: PanelSpec = {
  id: "invocations-over-time",
  title: "Invocations over time",
  View: InvocationsOverTime,
};

function InvocationsOverTime() {
  const { state, change } = useView();
  const group: Group = groups.find(({ value }) => value === state.group)?.value ?? "status";
  const compare = state.compare === "none" ? null : (state.compare ?? "previous");
  const answer = usePanelMetric({
    measures: ["invocations"],
    dimensions: [group],
    bucket: state.bucket ?? "auto",
    compare,
    top: 6,
  });
  const bucket = answer.data?.query.bucket ?? state.bucket ?? "auto";
  const title = `Invocations ${perBucket(bucket)} by ${groups.find(({ value }) => value === group)?.label.toLowerCase()}`;
  return (
    <Panel
      title={title}
      busy={answer.isFetching}
      tools={
        <>
          <Segmented
            label="Group by"
            value={group}
            options={groups}
            onChange={(value) => change({ ...state, group: value })}
          />
          <BucketChoice shown={bucket} />
        </>
      }
    >
      <ChartAnswer answer={answer}>
        {(result) => (
          <TimeChart
            title={title}
            summary={<Summary result={result} />}
            result={result}
            measure="invocations"
            name={(key) => nameOf(group, key)}
            formatExact={format.count}
            formatShort={format.compact}
            before={compare === null ? null : wordsBefore(state.range)}
          />
        )}
      </ChartAnswer>
    </Panel>
  );
}

/** The chart in a sentence. */
function Summary({ result }: { result: MetricResult }) {
  const { zone } = useView();
  const peak = Math.max(0, ...bucketSums(result));
  const blank = gapsOf(result).reduce((ms, [from, to]) => ms + spanMs(result, from, to), 0);
  return (
    <>
      {counted(result.totals.values.invocations ?? 0, "call")}, peak {format.count(peak)}{" "}
      {perBucket(result.query.bucket)}, {zone}
      {blank === 0 ? "" : `, no evidence for ${formatDuration(blank)}`}. Attempts are counted: a retry is a call.
    </>
  );
}

function bucketSums(result: MetricResult): readonly number[] {
  const sums = result.buckets.map(() => 0);
  for (const { bucket, values } of result.rows) {
    if (bucket !== null) sums[bucket] = (sums[bucket] ?? 0) + (values.invocations ?? 0);
  }
  return sums;
}

function spanMs({ buckets }: MetricResult, from: number, to: number): number {
  return Date.parse(buckets[to]?.end ?? "") - Date.parse(buckets[from]?.start ?? "");
}
