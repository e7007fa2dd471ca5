import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { MetricResult } from "../../server/domain/metric.ts";
import { NothingHere } from "../ui/nothing-here.tsx";
import { Answered, ChartSkeleton, Partial } from "../ui/states.tsx";

interface ChartAnswerProps {
  readonly answer: UseQueryResult<MetricResult, Error>;
  readonly children: (result: MetricResult) => ReactNode;
}

/** The chart of an answer, under what the answer lacks; in its place why there is none. */
export function ChartAnswer({ answer, children }: ChartAnswerProps) {
  return (
    <Answered answer={answer} loading={<ChartSkeleton />}>
      {(result) => (
        <figure className="chart">
          <Partial partial={result.partial} />
          {result.rows.length === 0 ? <NothingHere result={result} /> : children(result)}
        </figure>
      )}
    </Answered>
  );
}
