import type { TriagedFinding } from "../../server/domain/finding.ts";
import type { MetricResult } from "../../server/domain/metric.ts";
import { ChartAnswer } from "../charts/chart-answer.tsx";
import { TimeChart } from "../charts/time-chart.tsx";
import { counted, format } from "../format.ts";
import { nameOf } from "../names.ts";
import { useMetric } from "../queries.ts";
import { subjectFilters } from "../subject.ts";
import { perBucket } from "../ui/bucket-choice.tsx";
import { Panel } from "../ui/panel.tsx";
import { useView } from "../view.tsx";

const hourMs = 3_600_000;

/** The records of the subject before, during and after what was found. Nothing where the subject names no records. */
export function SubjectOverTime({ finding }: { finding: TriagedFinding }) {
  const { zone, ready } = useView();
  const filters = subjectFilters(finding.subject);
  const answer = useMetric(
    {
      measures: ["invocations"],
      dimensions: ["status"],
      bucket: "auto",
      range: around(finding),
      timeZone: zone,
      filters: [...(filters ?? [])],
    },
    ready && filters !== null,
  );
  if (filters === null) return null;
  const title = `Records of the subject ${perBucket(answer.data?.query.bucket ?? "auto")} by status`;
  return (
    <Panel title={title} busy={answer.isFetching}>
      <ChartAnswer answer={answer}>
        {(result) => (
          <TimeChart
            title={title}
            summary={<Summary result={result} zone={zone} />}
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

function Summary({ result, zone }: { result: MetricResult; zone: string }) {
  return (
    <>
      {counted(result.totals.values.invocations ?? 0, "call")} from an hour before the first record to an hour after the
      last, {zone}.
    </>
  );
}

function around({ firstSeen, lastSeen }: TriagedFinding) {
  return {
    from: new Date(Date.parse(firstSeen) - hourMs).toISOString(),
    to: new Date(Date.parse(lastSeen) + hourMs).toISOString(),
  };
}
