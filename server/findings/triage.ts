import type { FindingState, Resolution, TriageAct, TriageEvent } from "../domain/finding.ts";
import { UserError } from "../lib/errors.ts";

/** What people have made of a finding. */
export interface Triage {
  readonly state: FindingState;
  readonly assignee: string | null;
  readonly resolution: Resolution | null;
  /** Number of events. */
  readonly version: number;
}

export const untouched: Triage = { state: "new", assignee: null, resolution: null, version: 0 };

/** An act that somebody wants to do. */
export interface TriageWish {
  readonly act: TriageAct;
  readonly assignee?: string | undefined;
  readonly resolution?: Resolution | undefined;
  readonly note: string;
  /** The number of events that they have seen. */
  readonly version: number;
}

/** Somebody else was quicker. Answers 409. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
  /** The number of events that there are now. */
  readonly version: number;

  constructor(version: number) {
    super("the finding has changed since it was read");
    this.version = version;
  }
}

/** The state after one more event. */
export function after(triage: Triage, event: Pick<TriageEvent, "act" | "assignee" | "resolution">): Triage {
  const { act, assignee, resolution } = event;
  const next = { ...triage, assignee: assignee ?? triage.assignee, version: triage.version + 1 };
  switch (act) {
    case "comment":
    case "assign":
      return next;
    case "start":
      return { ...next, state: "in_progress", resolution: null };
    case "resolve":
      return { ...next, state: "resolved", resolution };
    case "reopen":
      return { ...next, state: "new", resolution: null };
    case "withdraw":
      return { ...next, state: "withdrawn", resolution: null };
  }
}

/** The state that these events, in order, lead to. */
export function triageOf(events: readonly Pick<TriageEvent, "act" | "assignee" | "resolution">[]): Triage {
  return events.reduce(after, untouched);
}

const longestNote = 1000;

/** States from which an act makes sense. */
const possible: Readonly<Record<TriageAct, readonly FindingState[]>> = {
  comment: ["new", "in_progress", "resolved", "withdrawn"],
  assign: ["new", "in_progress"],
  start: ["new"],
  resolve: ["new", "in_progress"],
  reopen: ["resolved", "in_progress", "withdrawn"],
  withdraw: ["new", "in_progress", "resolved"],
};

/** Throws `ConflictError` if events were added since, `UserError` if the act makes no sense or lacks what it needs. */
export function checkWish(triage: Triage, wish: TriageWish): void {
  if (wish.version !== triage.version) throw new ConflictError(triage.version);
  if (!possible[wish.act].includes(triage.state)) {
    throw new UserError(
      `act ${wish.act}: the finding is ${triage.state.replace("_", " ")}`,
      `It can be done from: ${possible[wish.act].map((state) => state.replace("_", " ")).join(", ")}.`,
    );
  }
  if (wish.act === "resolve" && wish.resolution === undefined) {
    throw new UserError("act resolve: no resolution is given", "Choose true-positive, false-positive or expected.");
  }
  if (wish.act === "assign" && wish.assignee === undefined) {
    throw new UserError("act assign: no assignee is given", "Name the one who takes it.");
  }
  if (wish.act === "comment" && wish.note.trim() === "") {
    throw new UserError("act comment: the note is empty", "Write what there is to say.");
  }
  if (wish.act === "resolve" && wish.resolution !== "true-positive" && wish.note.trim() === "") {
    throw new UserError(
      `act resolve: ${String(wish.resolution)} needs a note`,
      "Say why it is no misuse: the next reader asks.",
    );
  }
  if (wish.note.length > longestNote) {
    throw new UserError(
      `note: ${String(wish.note.length)} characters, at most ${String(longestNote)} are kept`,
      "Shorten it.",
    );
  }
}
