import { useState } from "react";
import type { MetricResult } from "../../server/domain/metric.ts";
import { ChartAnswer } from "../charts/chart-answer.tsx";
import { TimeChart } from "../charts/time-chart.tsx";
import { counted, format } from "../format.ts";
import { nameOf } from "../names.ts";
import { usePanelMetric } from "../panel-metric.ts";
import { BucketChoice, perBucket } from "../ui/bucket-choice.tsx";
import { Panel } from "../ui/panel.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

const choices = [
  { value: "costUsd", label: "Cost" },
  { value: "totalTokens", label: "Tokens" },
] as const;

export const costByModel: PanelSpec = {
  id: "cost-by-model",
  title: "Cost by model",
  View: CostByModel,
};

function CostByModel() {
  const { state } = useView();
  const [measure, setMeasure] = useState<(typeof choices)[number]["value"]>("costUsd");
  const answer = usePanelMetric({
    measures: [measure, "invocations", "pricedShare", "unpricedInvocations"],
    dimensions: ["model"],
    bucket: state.bucket ?? "auto",
    top: 6,
  });
  const bucket = answer.data?.query.bucket ?? state.bucket ?? "auto";
  const money = measure === "costUsd";
  const title = `${money ? "Cost" : "Tokens"} ${perBucket(bucket)} by model`;
  return (
    <Panel
      title={title}
      width="c8"
      fill
      busy={answer.isFetching}
      tools={
        <>
          <Segmented label="Measure" value={measure} options={choices} onChange={setMeasure} />
          <BucketChoice shown={bucket} />
        </>
      }
    >
      <ChartAnswer answer={answer}>
        {(result) => (
          <TimeChart
            title={title}
            summary={<Summary result={result} money={money} />}
            result={result}
            measure={measure}
            name={(key) => nameOf("model", key)}
            formatExact={money ? format.usd : format.count}
            formatShort={money ? format.usdCompact : format.compact}
            formatTick={money ? format.usdTick : format.compact}
            before={null}
          />
        )}
      </ChartAnswer>
    </Panel>
  );
}

function Summary({ result, money }: { result: MetricResult; money: boolean }) {
  const { zone } = useView();
  const { values } = result.totals;
  const unpriced = values.unpricedInvocations ?? 0;
  const total = money ? `${format.usd(values.costUsd)} estimated` : `${format.count(values.totalTokens)} tokens`;
  return (
    <>
      {zone}. {total}; {format.percent(values.pricedShare)} of tokens priced
      {unpriced === 0 ? "" : `, without a price and in no sum of money: ${counted(unpriced, "call")}`}.
    </>
  );
}
