import type { ReactNode } from "react";
import type { Measure, MetricResult } from "../../server/domain/metric.ts";
import { recordsHref } from "../../server/domain/records-href.ts";
import { wordsBefore } from "../presets.ts";
import { NumberLink } from "../ui/number-link.tsx";
import { NumberTile, TileSkeleton } from "../ui/number-tile.tsx";
import { Panel } from "../ui/panel.tsx";
import { Sparkline } from "../ui/sparkline.tsx";
import { ErrorState } from "../ui/states.tsx";
import { useView } from "../view.tsx";
import { lineBefore, lineOf, useOverviewNumbers } from "./overview-numbers.ts";
import type { PanelSpec } from "./panel.ts";

interface NumberPanel {
  readonly id: string;
  readonly title: string;
  /** Beside the title. */
  readonly unit?: string;
  readonly measure: Measure;
  readonly formatShort: (value: number | null | undefined) => string;
  readonly formatExact: (value: number | null | undefined) => string;
  readonly change: (now: number | null | undefined, before: number | null | undefined) => string | null;
  /** Smaller, after the number. */
  readonly aside?: (result: MetricResult) => ReactNode;
}

/** One number of the first screen, its change in words and its shape over the window. */
export function numberPanel(spec: NumberPanel): PanelSpec {
  return { id: spec.id, title: spec.title, View: () => <NumberView {...spec} /> };
}

function NumberView(spec: NumberPanel) {
  const answer = useOverviewNumbers();
  const title = <Title {...spec} />;
  if (answer.isError) {
    return (
      <Panel title={spec.title} width="c3">
        <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />
      </Panel>
    );
  }
  if (answer.data === undefined) return <TileSkeleton title={title} />;
  const result = answer.data;
  const compared = result.query.compare !== null;
  return (
    <NumberTile
      title={title}
      updating={answer.isPlaceholderData}
      value={
        <>
          <Total result={result} measure={spec.measure} spec={spec} />
          {spec.aside === undefined ? null : <small>{spec.aside(result)}</small>}
        </>
      }
      change={<Change spec={spec} result={result} />}
      line={
        <Sparkline
          values={lineOf(result, spec.measure)}
          {...(compared ? { before: lineBefore(result, spec.measure) } : {})}
        />
      }
    />
  );
}

function Title({ title, unit }: NumberPanel) {
  return (
    <>
      {title}
      {unit === undefined ? null : <span className="muted"> {unit}</span>}
    </>
  );
}

function Total({ result, measure, spec }: { result: MetricResult; measure: Measure; spec: NumberPanel }) {
  const value = result.totals.values[measure];
  return (
    <NumberLink href={totalHref(result, measure)} exact={spec.formatExact(value)} of={spec.title}>
      {spec.formatShort(value)}
    </NumberLink>
  );
}

/** The records behind a total of the result. */
export function totalHref(result: MetricResult, measure: Measure): string | null {
  return recordsHref(result, { key: [], bucket: null, values: result.totals.values }, measure);
}

function Change({ spec, result }: { spec: NumberPanel; result: MetricResult }) {
  const { state } = useView();
  const { values, compare } = result.totals;
  if (result.query.compare === null) return null;
  const change = spec.change(values[spec.measure], compare?.[spec.measure]);
  const before = wordsBefore(state.range);
  if (change === null) return `not comparable with the ${before}`;
  return change === "new" ? `none in the ${before}` : `${change} vs the ${before}`;
}
