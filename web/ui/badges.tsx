import type { ReactNode } from "react";
import type { ShownVerdict } from "../../server/domain/compliance.ts";
import type { ShownFindingState } from "../../server/domain/finding.ts";
import type { Severity } from "../../server/domain/severity.ts";
import { Icon, type IconName } from "./icon.tsx";

const severityWords: Readonly<Record<Severity, string>> = {
  critical: "Critical",
  high: "High",
  medium: "Medium",
  low: "Low",
  informational: "Info",
};

export function severityWord(severity: Severity): string {
  return severityWords[severity];
}

const barsLit: Readonly<Record<Severity, number>> = { critical: 3, high: 3, medium: 2, low: 1, informational: 0 };

/** Level bars and a word; critical is an octagon. */
export function SeverityBadge({ severity }: { severity: Severity }) {
  return (
    <span className="sev" data-s={severity === "informational" ? "info" : severity}>
      <svg className="ico" viewBox="0 0 16 16" aria-hidden="true">
        {severity === "critical" ? <Octagon /> : <Bars lit={barsLit[severity]} />}
      </svg>
      {severityWords[severity]}
    </span>
  );
}

function Octagon() {
  return (
    <path
      fillRule="evenodd"
      d="M4.6 1.2h6.8l3.4 3.4v6.8l-3.4 3.4H4.6L1.2 11.4V4.6zM7.1 4v5h1.8V4zM7.1 10.4v1.8h1.8v-1.8z"
    />
  );
}

function Bars({ lit }: { lit: number }) {
  const bars = [
    { x: 1.5, y: 10, height: 4.5 },
    { x: 6.5, y: 6.5, height: 8 },
    { x: 11.5, y: 2, height: 12.5 },
  ];
  return bars.map(({ x, y, height }, index) => (
    <rect key={x} x={x} y={y} width="3.2" height={height} rx="1" className={index < lit ? undefined : "off"} />
  ));
}

const verdicts: Readonly<Record<ShownVerdict, { readonly key: string; readonly icon: IconName; word: string }>> = {
  PASS: { key: "pass", icon: "pass", word: "Pass" },
  FAIL: { key: "fail", icon: "fail", word: "Fail" },
  UNKNOWN: { key: "unknown", icon: "unknown", word: "Unknown" },
  NOT_APPLICABLE: { key: "na", icon: "na", word: "N/A" },
  WAIVED: { key: "waived", icon: "waived", word: "Waived" },
};

export function verdictWord(verdict: ShownVerdict): string {
  return verdicts[verdict].word;
}

/** `word` where the verdict has another name: "allowed", "no proof". */
export function VerdictBadge({ verdict, word }: { verdict: ShownVerdict; word?: string }) {
  const look = verdicts[verdict];
  return (
    <span className="verdict" data-v={look.key}>
      <Icon name={look.icon} />
      {word ?? look.word}
    </span>
  );
}

const states: Readonly<Record<ShownFindingState, { readonly icon: IconName; readonly word: string; tone: string }>> = {
  new: { icon: "findings", word: "New", tone: "" },
  in_progress: { icon: "progress", word: "In progress", tone: "warn" },
  resolved: { icon: "check", word: "Resolved", tone: "muted" },
  withdrawn: { icon: "na", word: "Withdrawn", tone: "muted" },
  waived: { icon: "waived", word: "Waived", tone: "muted" },
};

export function stateWord(state: ShownFindingState): string {
  return states[state].word;
}

export function StateBadge({ state }: { state: ShownFindingState }) {
  const { icon, word, tone } = states[state];
  return <Marked icon={icon} word={word} tone={tone} />;
}

/** An icon and a word about the state of a thing. */
export function Marked({ icon, word, tone = "" }: { icon: IconName; word: string; tone?: string }) {
  return (
    <span className={`state ${tone}`}>
      <Icon name={icon} small />
      {word}
    </span>
  );
}

/** A fact of a thing (set by AWS, self-declared), not a state. */
export function Tag({ tone = "", icon, children }: { tone?: string; icon?: IconName; children: ReactNode }) {
  return (
    <span className={`tag ${tone}`}>
      {icon === undefined ? null : <Icon name={icon} small />}
      {children}
    </span>
  );
}
