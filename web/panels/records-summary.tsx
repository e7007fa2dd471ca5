import type { InvocationPage } from "../../server/domain/invocation-answers.ts";
import { counted, format } from "../format.ts";
import { formatNear } from "../format-time.ts";
import { arrivalOf } from "../record/arrival.ts";
import { useRecords } from "../record/use-records.ts";
import { useStatus } from "../queries.ts";
import { Icon } from "../ui/icon.tsx";
import { ErrorState } from "../ui/states.tsx";
import { withPlain } from "../url-state.ts";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

export const recordsSummary: PanelSpec = {
  id: "records-summary",
  title: "Count and sums",
  View: RecordsSummary,
};

/** The count and the sums of the whole filter, and whether they are the number that led here. */
function RecordsSummary() {
  const answer = useRecords();
  const page = answer.data;
  return (
    <section className="panel band sums" aria-labelledby="records-summary" aria-busy={answer.isPending}>
      <div className="intro">
        <h2 id="records-summary">{page === undefined ? "Counting" : counted(page.total.value, "record")}</h2>
        {page === undefined ? null : <Arrived page={page} />}
      </div>
      {answer.isError ? (
        <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />
      ) : (
        <Sums page={page} />
      )}
    </section>
  );
}

function Sums({ page }: { page: InvocationPage | undefined }) {
  const sums = page?.sums;
  const unpriced = sums?.unpriced ?? 0;
  const cells = [
    { name: "Input tokens", value: format.count(sums?.inputTokens), note: "from no cache" },
    { name: "Output tokens", value: format.count(sums?.outputTokens), note: "" },
    { name: "All tokens", value: format.count(sums?.totalTokens), note: "with caches" },
    {
      name: "Cost, estimated",
      value: format.usd(sums?.costUsd),
      note: unpriced === 0 ? "at list price" : `${format.count(unpriced)} unpriced are not in the sum`,
    },
  ];
  return (
    <dl>
      {cells.map(({ name, value, note }) => (
        <div className="cell" key={name}>
          <dt>{name}</dt>
          <dd>
            <span className="n">{page === undefined ? "…" : value}</span>
            <span className="unit">{note}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Arrived({ page }: { page: InvocationPage }) {
  const { state, zone, change } = useView();
  const newest = useStatus().data?.asOf ?? null;
  const asOf = state.plain.get("asOf")?.[0] ?? null;
  const arrival = arrivalOf(page, state.plain.get("measure")?.[0], state.plain.get("n")?.[0]);
  const pinned = asOf !== null && newest !== null && asOf < newest;
  return (
    <>
      {arrival === null ? null : (
        <p className={arrival.same ? "" : "warn"}>
          <Icon name={arrival.same ? "check" : "info"} small /> {arrival.words}
        </p>
      )}
      {pinned ? (
        <p>
          without what arrived after {formatNear(asOf, newest, zone)} ·{" "}
          <button
            className="link"
            type="button"
            onClick={() => change(withPlain(withPlain(state, "asOf", []), "cursor", []))}
          >
            show all
          </button>
        </p>
      ) : null}
    </>
  );
}
