import { Link } from "wouter";
import type { RuleWords } from "../../server/domain/finding-answers.ts";
import type { TriagedFinding } from "../../server/domain/finding.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { format } from "../format.ts";
import { formatTime } from "../format-time.ts";
import { subjectHref } from "../subject.ts";
import { Identifier, principalParts } from "../ui/identifier.tsx";
import { NumberLink } from "../ui/number-link.tsx";
import { Panel } from "../ui/panel.tsx";
import { carried, withPlain, writeUrl } from "../url-state.ts";
import { useView } from "../view.tsx";
import { waiverWords } from "./waiver-words.ts";

export function WhatHappened({ finding, rule }: { finding: TriagedFinding; rule: RuleWords }) {
  const { zone } = useView();
  const outcomes = Object.entries(finding.outcomes).filter(([, count]) => count > 0);
  return (
    <Panel title="What happened">
      <div className="panel-body stackx">
        <p>{visibleText(finding.summary)}</p>
        <p className="muted">{rule.why}</p>
        <dl className="facts">
          <dt>Seen</dt>
          <dd>
            {seenWords(finding, zone)} <span className="muted">{zone}</span>
          </dd>
          <dt>Records</dt>
          <dd>
            <NumberLink href={subjectHref(finding.subject, finding, zone)} of="records of the subject in this span">
              {format.count(finding.records)}
            </NumberLink>
          </dd>
          <dt>Outcomes</dt>
          <dd>
            {outcomes.length === 0 ? <span className="muted">not known</span> : null}
            {outcomes.map(([name, count]) => `${format.count(count)} ${visibleText(name)}`).join(", ")}
          </dd>
          <dt>Cost</dt>
          <dd>
            {format.usd(finding.costUsd)} <span className="muted">estimated at list price</span>
          </dd>
        </dl>
      </div>
    </Panel>
  );
}

function seenWords({ firstSeen, lastSeen }: TriagedFinding, zone: string): string {
  const first = formatTime(firstSeen, zone, "full");
  const last = formatTime(lastSeen, zone, "full");
  return first === last ? first : `${first} to ${last}`;
}

/** Who or what it is about, and what else is known of the same. */
export function About({ finding }: { finding: TriagedFinding }) {
  const { state } = useView();
  const same = `/findings${writeUrl(withPlain(carried(state), "subject", [finding.subject]))}`;
  const alike = `/findings${writeUrl(withPlain(carried(state), "detection", [finding.detectionId]))}`;
  return (
    <Panel title="Subject">
      <div className="panel-body">
        <dl className="facts tight">
          <dt>Subject</dt>
          <dd>
            <Identifier parts={principalParts(finding.subject)} />
          </dd>
          <dt>Detection</dt>
          <dd>
            <code>{visibleText(finding.detectionId)}</code> <span className="muted">version {finding.ruleVersion}</span>
          </dd>
          <dt>Owner</dt>
          <dd className={finding.assignee === null ? "muted" : ""}>{visibleText(finding.assignee ?? "none")}</dd>
          {finding.waiver === null ? null : (
            <>
              <dt>Waiver</dt>
              <dd>
                {waiverWords(finding.waiver)}, {visibleText(finding.waiver.owner)}, {visibleText(finding.waiver.ticket)}
                : {visibleText(finding.waiver.reason)}
              </dd>
            </>
          )}
          <dt>See also</dt>
          <dd>
            {finding.subject.includes("@") ? null : (
              <Link className="link block" href={same}>
                findings of this subject
              </Link>
            )}
            <Link className="link block" href={alike}>
              findings of this detection
            </Link>
          </dd>
          {finding.related.length === 0 ? null : (
            <>
              <dt>Related</dt>
              <dd>
                {finding.related.map((id) => (
                  <Link className="link block" key={id} href={`/findings/${id}${writeUrl(carried(state))}`}>
                    <code>{id.slice(0, 8)}</code>
                  </Link>
                ))}
              </dd>
            </>
          )}
        </dl>
      </div>
    </Panel>
  );
}

export function Runbook({ rule }: { rule: RuleWords }) {
  return (
    <Panel title="Runbook">
      <div className="panel-body stackx">
        <ol className="steps">
          {rule.runbook.map((step) => (
            <li key={step}>
              <span>{step}</span>
            </li>
          ))}
        </ol>
        {rule.falsePositives.length === 0 ? null : (
          <div className="stack1">
            <h3>It may be nothing</h3>
            <ul className="plain-list muted">
              {rule.falsePositives.map((words) => (
                <li key={words}>{words}</li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </Panel>
  );
}
