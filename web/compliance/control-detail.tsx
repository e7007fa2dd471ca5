import { useEffect, useRef, type ReactNode } from "react";
import {
  shownVerdict,
  type ControlResult,
  type ControlWords,
  type TargetResult,
} from "../../server/domain/compliance.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { visibleLines } from "../record/visible-lines.ts";
import { SeverityBadge, Tag, VerdictBadge, verdictWord } from "../ui/badges.tsx";
import { Icon } from "../ui/icon.tsx";
import { targetName, type CellVerdict } from "./answers.ts";
import { reasonWords } from "./choose.ts";
import { Command } from "./copy-button.tsx";
import { DriftFacts, driftWords } from "./drift.tsx";
import { EvidenceTable } from "./evidence-table.tsx";
import { GapTable } from "./gap-table.tsx";
import { daysWords, frameworkWords } from "./words.ts";

interface ControlDetailProps {
  readonly control: ControlWords;
  readonly target: TargetResult;
  readonly cell: CellVerdict;
  readonly onClose: () => void;
}

/** What was read, what it means, and how to mend it: of one control and one target. */
export function ControlDetail({ control, target, cell, onClose }: ControlDetailProps) {
  const place = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    place.current?.focus({ preventScroll: true });
    place.current?.closest("section")?.scrollIntoView({ block: "nearest" });
  }, [control.id, target]);
  return (
    <section
      className="detail"
      aria-labelledby="control-detail"
      onKeyDown={({ key }) => {
        if (key === "Escape") onClose();
      }}
    >
      <div className="detail-head">
        <h3 id="control-detail" tabIndex={-1} ref={place}>
          {control.title}, {visibleText(targetName(target))}
        </h3>
        <button className="btn quiet icon small" type="button" aria-label="Close" onClick={onClose}>
          <Icon name="x" small />
        </button>
      </div>
      {control.why === "" ? null : <p className="muted">{control.why}</p>}
      {cell.results.length === 0 ? (
        <p className="row">
          <VerdictBadge verdict={cell.verdict} /> {visibleText(reasonWords(cell.reason))}
        </p>
      ) : null}
      {cell.results.map((result) => (
        <Result key={result.id} result={result} />
      ))}
    </section>
  );
}

function Result({ result }: { result: ControlResult }) {
  const { verdict, severity, resource, reason, code, notes, gaps, remediation, evidence, drift, decidedBy } = result;
  return (
    <article className="result" aria-label={visibleText(resource)}>
      <p className="row">
        <VerdictBadge verdict={shownVerdict(result)} />
        {verdict === "FAIL" || verdict === "UNKNOWN" ? <SeverityBadge severity={severity} /> : null}
        <code>{visibleText(resource)}</code>
        <Tag>{visibleText(code)}</Tag>
      </p>
      <p className="wrap">{visibleText(reason)}</p>
      {notes.map((note) => (
        <p className={note.level === "warn" ? "note-line warn" : "note-line muted"} key={`${note.code} ${note.text}`}>
          <Icon name={note.level === "warn" ? "warning" : "info"} small />
          <span>
            {note.level === "warn" ? "Warning: " : "Note: "}
            {visibleText(note.text)} <code>{visibleText(note.code)}</code>
          </span>
        </p>
      ))}
      <Facts result={result} />
      {gaps.length === 0 ? null : <GapTable gaps={gaps} />}
      {drift === null ? null : <DriftFacts drift={drift} />}
      {remediation === null ? null : (
        <Part title="To mend it">
          <Command text={remediation} label="Commands that mend it" />
        </Part>
      )}
      {decidedBy === null ? null : (
        <Part title="Decided by">
          <pre className="well wrap" tabIndex={0} aria-label="Rule that decided">
            {visibleLines(JSON.stringify(decidedBy, null, 2))}
          </pre>
        </Part>
      )}
      <Part title="Evidence">
        {evidence.length === 0 ? (
          <p className="muted">No fact was read for it.</p>
        ) : (
          <EvidenceTable evidence={evidence} />
        )}
      </Part>
    </article>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="stack1">
      <h4>{title}</h4>
      {children}
    </div>
  );
}

/** What is known beside the verdict; a line that has nothing to say is left out. */
function Facts({ result }: { result: ControlResult }) {
  const { verdict, keptDays, readableDays, waiver, baseline, drift, frameworks, unread } = result;
  const keeps = keptDays !== null || readableDays !== null;
  return (
    <dl className="facts">
      {keeps ? (
        <Fact name="Kept">
          {daysWords(keptDays)}; readable without a restore: {daysWords(readableDays)}
        </Fact>
      ) : null}
      {unread.length === 0 ? null : (
        <Fact name="Not read">
          {unread.map(({ fact, class: errorClass }) => `${visibleText(fact)} (${visibleText(errorClass)})`).join(", ")}
        </Fact>
      )}
      {waiver === null ? null : (
        <Fact name={`Waiver ${visibleText(waiver.id)}`}>
          {visibleText(waiver.reason)}. Owner {visibleText(waiver.owner)}, ticket {visibleText(waiver.ticket)}, through{" "}
          {visibleText(waiver.expires)}. Without it: {verdictWord(verdict)}.
        </Fact>
      )}
      {baseline === null ? null : (
        <Fact name="Baseline">
          known since {visibleText(baseline.since)}; it does not gate through {visibleText(baseline.expires)}
        </Fact>
      )}
      {drift === null ? null : <Fact name="Since the last run">{driftWords(drift)}</Fact>}
      {frameworks.length === 0 ? null : (
        <Fact name="Supports">
          <ul className="supports">
            {frameworks.map((one) => (
              <li key={`${one.framework} ${one.requirement}`}>{frameworkWords(one)}</li>
            ))}
          </ul>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
