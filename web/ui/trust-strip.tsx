import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Status } from "../../server/domain/status.ts";
import { counted, format } from "../format.ts";
import { formatDuration, formatNear } from "../format-time.ts";
import { carried, writeUrl } from "../url-state.ts";
import { useView } from "../view.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { completeness, type Grade } from "./completeness.ts";

const icons: Readonly<Record<Grade, IconName>> = { good: "pass", warn: "warning", bad: "fail" };

/** The one line that never leaves: how complete the evidence is, before any number. */
export function TrustStrip({ status }: { status: Status }) {
  return (
    <ul className="trust" aria-label="Quality of the evidence">
      <Complete status={status} />
      <Coverage status={status} />
      <Logging status={status} />
      <Prices status={status} />
      <Reading status={status} />
    </ul>
  );
}

function Part({ grade, path, title, children }: { grade: Grade; path: string; title?: string; children: ReactNode }) {
  const { state } = useView();
  return (
    <li data-state={grade}>
      <Link href={`${path}${writeUrl(carried(state))}`} title={title}>
        <Icon name={icons[grade]} />
        <span>{children}</span>
      </Link>
    </li>
  );
}

function Complete({ status }: { status: Status }) {
  const { zone } = useView();
  const { through, inTime, total, late, first, grade } = completenessOf(status);
  const names = late.map(({ accountId, region }) => `${accountId}/${region}`).join(", ");
  if (total === 0) {
    return (
      <Part grade="warn" path="/compliance">
        No target has been read yet
      </Part>
    );
  }
  return (
    <Part grade={grade} path="/compliance" {...(names === "" ? {} : { title: `Late: ${names}` })}>
      {through === null ? (
        first.length > 0 ? (
          "First reading under way: complete in "
        ) : (
          "Complete in "
        )
      ) : (
        <>
          Complete through <b>{formatNear(through, status.serverTime, zone)}</b> {zone} in{" "}
        </>
      )}
      <b>
        {inTime} of {total}
      </b>{" "}
      targets {late.length === 0 ? null : <em>{late.length} late</em>}
      {first.length > 0 && through !== null ? <em> {first.length} being read for the first time</em> : null}
    </Part>
  );
}

function completenessOf({ ingest, serverTime, targets }: Status) {
  return completeness(targets, serverTime, ingest);
}

/** Less is told on the page alone: the last hours are unknown somewhere, always, and the strip is one line. */
const leastTold = 0.1;

/** While many hours wait for the first reading, the share of the others says nothing of the whole. */
function isTooEarly(status: Status): boolean {
  const unknown = status.coverage?.unknownShare ?? 1;
  return unknown > leastTold && completenessOf(status).first.length > 0;
}

/** How much of the calls is stored, and what is missing. A target that is not read on is late, too. */
function Coverage({ status }: { status: Status }) {
  const { coverage, quarantineOpen: open } = status;
  const { gaps = 0, share = null, unknownShare = null } = coverage ?? {};
  const isEarly = isTooEarly(status);
  const words = [
    gaps === 0 ? "" : counted(gaps, "gap"),
    isEarly || share === null || (unknownShare ?? 0) < leastTold ? "" : `${format.percent(unknownShare)} not known`,
    open === 0 ? "" : `${format.count(open)} quarantined`,
  ];
  const trouble = words.filter(Boolean).join(", ");
  return (
    <Part
      grade={trouble === "" && share !== null && !isEarly ? "good" : "warn"}
      path="/compliance"
      title={coverageTitle(status)}
    >
      coverage {shareWords(share, isEarly || coverage === null)}
      {trouble === "" ? null : <em> {trouble}</em>}
    </Part>
  );
}

function shareWords(share: number | null, isEarly: boolean): ReactNode {
  if (isEarly) return <em>not known yet</em>;
  return share === null ? <em>unknown</em> : <b>{format.percent(share)}</b>;
}

function coverageTitle({ coverage, targets }: Status): string {
  const holes = targets.filter(({ hole }) => hole !== null).length;
  return [
    "Of the calls in seven days, how many are stored",
    coverage === null ? "" : `${format.percent(coverage.unknownShare)} of the hours are unknown`,
    holes === 0 ? "" : `${counted(holes, "target")} not read on`,
  ]
    .filter(Boolean)
    .join("; ");
}

function Logging({ status: { logging } }: { status: Status }) {
  if (logging === null) {
    return (
      <Part grade="warn" path="/compliance">
        logging <em>not checked yet</em>
      </Part>
    );
  }
  const { on, off, unknown } = logging;
  const grade = off > 0 ? "bad" : unknown > 0 ? "warn" : "good";
  return (
    <Part grade={grade} path="/compliance">
      logging on in{" "}
      <b>
        {on}/{on + off + unknown}
      </b>{" "}
      regions {off === 0 ? null : <em>off in {off}</em>}
      {off === 0 && unknown > 0 ? <em>{unknown} unknown</em> : null}
    </Part>
  );
}

function Prices({ status: { prices } }: { status: Status }) {
  const short = prices.pricedShare !== null && prices.pricedShare < 0.95;
  return (
    <Part grade={short ? "warn" : "good"} path="/models">
      prices of {prices.date}
      {prices.pricedShare === null ? null : (
        <>
          , <b>{format.percent(prices.pricedShare)}</b>
          <span className="opt"> of tokens</span> priced
        </>
      )}
    </Part>
  );
}

function Reading({ status: { ingest } }: { status: Status }) {
  if (ingest === null || ingest.units === 0 || ingest.unitsDone >= ingest.units) return null;
  return (
    <li data-state="warn">
      <span className="reading">
        <Icon name="progress" />
        <span>
          reading <b>{format.percent(ingest.unitsDone / ingest.units)}</b>
          <span className="opt"> of {format.compact(ingest.units)} objects</span>
          {ingest.etaSeconds === null ? null : <>, about {formatDuration(ingest.etaSeconds * 1_000)} left</>}
        </span>
      </span>
    </li>
  );
}
