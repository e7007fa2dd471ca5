import type { CheckProgress } from "../server/check.ts";
import type { CheckReport } from "../server/domain/compliance.ts";
import type { Severity } from "../server/domain/severity.ts";
import { safeJson } from "../server/lib/safe-json.ts";
import { countsLine, remarks, targetsLine } from "../server/reports/check-words.ts";

export const progressModes = ["auto", "plain", "json", "none"] as const;
export type ProgressMode = (typeof progressModes)[number];

/** Where progress is told: stderr, for the result alone goes to stdout. */
export interface ProgressOutput {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Milliseconds. */
  readonly now: () => number;
}

export interface Progress {
  readonly show: (progress: CheckProgress) => void;
  /** A sentence for the reader. */
  readonly note: (text: string) => void;
  /** What a format has no place for. */
  readonly leftOut: (format: string, text: string) => void;
  /** The counts, for a result that is none for people. */
  readonly counts: (report: CheckReport, failOn: Severity | null) => void;
  /** Leaves the terminal as it was. */
  readonly end: () => void;
}

type Manner = "terminal" | "plain" | "json" | "none";

/** Between two lines, at least. */
const pauseMs: Readonly<Record<Manner, number>> = { terminal: 250, plain: 10_000, json: 250, none: 0 };

/** One line that renews itself on a terminal, a line every ten seconds elsewhere; or one JSON object a line; or nothing. */
export function checkProgress(mode: ProgressMode, output: ProgressOutput = stderrOutput()): Progress {
  const manner = mode === "auto" ? (output.isTerminal ? "terminal" : "plain") : mode;
  const startedAt = output.now();
  let shownAt = startedAt - (manner === "plain" ? 0 : pauseMs[manner]);
  let isShown = false;
  return {
    show(progress) {
      if (manner === "none") return;
      const now = output.now();
      const isLast = progress.done === progress.targets && manner !== "plain";
      if (now - shownAt < pauseMs[manner] && !isLast) return;
      shownAt = now;
      isShown = true;
      output.write(lineOf(progress, now - startedAt, manner));
    },
    note(text) {
      output.write(manner === "json" ? event("note", { text }) : `${text}\n`);
    },
    leftOut(format, text) {
      output.write(manner === "json" ? event("left-out", { format, text }) : `${format}: left out ${text}.\n`);
    },
    counts(report, failOn) {
      output.write(manner === "json" ? event("done", endOf(report)) : `${wordsOf(report, failOn).join("\n")}\n`);
    },
    end() {
      if (manner === "terminal" && isShown) output.write("\r\u001b[K");
      isShown = false;
    },
  };
}

function stderrOutput(): ProgressOutput {
  return {
    write: (text) => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY,
    now: () => performance.now(),
  };
}

function lineOf(progress: CheckProgress, elapsedMs: number, manner: Manner): string {
  const { done, fails, targets } = progress;
  const secondsLeft = done === 0 ? null : Math.round(((elapsedMs / done) * (targets - done)) / 1_000);
  if (manner === "json") return event("progress", { targets, done, fails, secondsLeft });
  const left = secondsLeft === null ? "" : ` · about ${secondsLeft} s left`;
  const text = `${done}/${targets} targets · ${fails} FAIL${left}`;
  return manner === "terminal" ? `\r\u001b[K${text}` : `${text}\n`;
}

function event(name: string, fields: Readonly<Record<string, unknown>>): string {
  return `${safeJson({ event: name, ...fields })}\n`;
}

function endOf({ run, summary }: CheckReport): Readonly<Record<string, unknown>> {
  const { failAtOrAbove, targets, verdicts } = summary;
  return { exitCode: run.exitCode, complete: run.complete, verdicts, failAtOrAbove, targets };
}

function wordsOf(report: CheckReport, failOn: Severity | null): readonly string[] {
  return [...remarks(report), countsLine(report, failOn), `${targetsLine(report)} · exit ${report.run.exitCode}`];
}
