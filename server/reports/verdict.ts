import type { ReportDocument } from "../domain/report.ts";

type Judged = Pick<ReportDocument, "evidence" | "findings" | "controls" | "usage" | "window">;

/** Why the numbers of the window can still change. */
export function provisionalReasons({ evidence, findings, window }: Judged, refilling: boolean): string[] {
  const { targets, unread } = evidence;
  const late = targets.filter(({ readThrough }) => readThrough === null || readThrough < window.to);
  return [
    ...(refilling ? ["the store is being filled again"] : []),
    ...(targets.length === 0 ? ["no account and region is known to be read"] : []),
    ...late.map(({ accountId, region, readThrough }) =>
      readThrough === null
        ? `${accountId}/${region} was not read`
        : `${accountId}/${region} is read through ${readThrough}`,
    ),
    ...unread.map(({ place, state }) => `${place}: ${state}`),
    ...detectionsLate(findings.judged, window.to),
  ];
}

function detectionsLate(judged: ReportDocument["findings"]["judged"], to: string): string[] {
  if (judged === null) return ["no detection has run"];
  return judged.at < to ? [`detections last ran at ${judged.at}`] : [];
}

/** Nothing of the window was read and nothing of it is known. */
export function verdictOf(report: Judged): ReportDocument["verdict"] {
  const { targets } = report.evidence;
  const calls = report.usage.totals.values.invocations ?? 0;
  if (calls === 0 && targets.every(({ readShare }) => readShare === 0)) {
    const reason = targets.length === 0 ? "no source was read" : "no account and region was read in the window";
    return { evaluated: false, text: `NOT EVALUATED: ${reason}.` };
  }
  const whole = targets.filter(({ readShare }) => readShare === 1).length;
  const parts = [
    findingWords(report.findings),
    ...controlWords(report.controls),
    ...waiverWords([...(report.controls?.waivers ?? []), ...report.findings.waivers]),
    `${whole} of ${targets.length} targets read to the end`,
  ];
  return { evaluated: true, text: `${parts.join(", ")}.` };
}

function findingWords({ judged, counts }: ReportDocument["findings"]): string {
  if (judged === null) return "findings NOT EVALUATED (no detection has run)";
  const open = counts.filter((count) => count.open > 0);
  if (open.length === 0) return "no open finding";
  const words = open.map(({ severity, open: n, fresh }) => `${n} ${severity}${fresh > 0 ? ` (${fresh} new)` : ""}`);
  return `open findings: ${words.join(", ")}`;
}

function controlWords(controls: ReportDocument["controls"]): string[] {
  if (controls === null) return ["controls not checked"];
  const { FAIL, UNKNOWN } = controls.verdicts;
  const cut = controls.complete ? "" : " (the check was cut short)";
  return [`${FAIL} ${FAIL === 1 ? "control" : "controls"} FAIL`, `${UNKNOWN} UNKNOWN${cut}`];
}

function waiverWords(waivers: ReportDocument["findings"]["waivers"]): string[] {
  const inState = (wanted: string) => waivers.filter(({ state }) => state === wanted).length;
  const [expiring, expired] = [inState("expiring"), inState("expired")];
  return [
    ...(expiring === 0 ? [] : [`${expiring} ${expiring === 1 ? "waiver expires" : "waivers expire"} within 14 days`]),
    ...(expired === 0 ? [] : [`${expired} ${expired === 1 ? "waiver has" : "waivers have"} expired`]),
  ];
}
