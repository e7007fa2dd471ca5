import { Link } from "wouter";
import { api } from "../../server/domain/api.ts";
import type { FindingPage } from "../../server/domain/finding-answers.ts";
import type { Severity } from "../../server/domain/severity.ts";
import { counted, format } from "../format.ts";
import { formatNear } from "../format-time.ts";
import { useAnswer, useStatus } from "../queries.ts";
import { SeverityBadge } from "../ui/badges.tsx";
import { NumberLink } from "../ui/number-link.tsx";
import { ErrorState } from "../ui/states.tsx";
import { carried, withPlain, writeUrl } from "../url-state.ts";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

const shown: readonly Severity[] = ["critical", "high", "medium", "low"];

export const findingsBand: PanelSpec = {
  id: "findings-band",
  title: "Findings",
  View: FindingsBand,
};

/** New in this window first, then all that are open. Only the worst cell is tinted, and only if it is not empty. */
function FindingsBand() {
  const { state, zone, ready } = useView();
  const query = { range: state.range, timeZone: zone, limit: 1 };
  const answer = useAnswer(api.findings, query, { enabled: ready });
  return (
    <section className="panel band" aria-labelledby="findings-band" aria-busy={answer.isPending}>
      <div className="intro">
        <h2 id="findings-band">
          <Link href={`/findings${writeUrl(carried(state))}`}>Findings</Link>
        </h2>
        <Ran page={answer.data} />
      </div>
      {answer.isError ? (
        <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />
      ) : (
        <dl>
          {shown.map((severity) => (
            <Cell key={severity} severity={severity} page={answer.data} />
          ))}
        </dl>
      )}
    </section>
  );
}

function Ran({ page }: { page: FindingPage | undefined }) {
  const { zone } = useView();
  const now = useStatus().data?.serverTime;
  if (page === undefined) return <p>…</p>;
  if (page.detections === null || now === undefined) return <p className="warn">Not evaluated: no data</p>;
  const { ran, at } = page.detections;
  const open = Object.values(page.counts).some((states) => (states?.new ?? 0) + (states?.in_progress ?? 0) > 0);
  const when = `${counted(ran, "check")} ran at ${formatNear(at, now, zone)}`;
  return open ? <p>{when}</p> : <p className="good">No open findings in this window ({when})</p>;
}

function Cell({ severity, page }: { severity: Severity; page: FindingPage | undefined }) {
  const { state } = useView();
  const href = `/findings${writeUrl(withPlain(carried(state), "severity", [severity]))}`;
  const states = page?.counts[severity];
  const evaluated = page !== undefined && page.detections !== null;
  const fresh = evaluated ? (page.fresh[severity] ?? 0) : null;
  const open = evaluated ? (states?.new ?? 0) + (states?.in_progress ?? 0) : null;
  // The tint is for what waits, the colour of the number for what is new.
  const loud = ((severity === "critical" ? open : fresh) ?? 0) > 0 ? ` is-${severity}` : "";
  return (
    <div className={`cell${loud}`}>
      <dt>
        <SeverityBadge severity={severity} />
      </dt>
      <dd>
        <NumberLink className="num n" href={href} needs="findings.read" of={`new, ${severity}`}>
          {page === undefined ? "…" : format.count(fresh)}
        </NumberLink>
        <span className="unit" aria-hidden="true">
          new
        </span>
        <NumberLink className="num unit" href={href} needs="findings.read" of={severity}>
          {page === undefined ? "…" : format.count(open)} open
        </NumberLink>
      </dd>
    </div>
  );
}
