import { useState, type FormEvent } from "react";
import type { FindingDetail } from "../../server/domain/finding-answers.ts";
import type { TriageEvent } from "../../server/domain/finding.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { formatTime } from "../format-time.ts";
import { useMay } from "../ui/number-link.tsx";
import { Panel } from "../ui/panel.tsx";
import { useView } from "../view.tsx";
import { NoteField } from "./note-field.tsx";
import { resolutionWord } from "./triage-tools.tsx";
import type { Triage } from "./use-triage.ts";

/** Every act of judging, oldest first, and a place to add a word. Events are only ever added. */
export function History({ detail: { finding, triage: events }, triage }: { detail: FindingDetail; triage: Triage }) {
  const { zone } = useView();
  return (
    <Panel title="Triage" note={`version ${finding.version}`}>
      <div className="panel-body stackx">
        {events.length === 0 ? <p className="muted">Nobody has judged it yet.</p> : null}
        <ol className="log" aria-label="History">
          {events.map((event) => (
            <li key={event.version}>
              <span className="av" aria-hidden="true">
                {visibleText(event.actor).slice(0, 2).toUpperCase()}
              </span>
              <div>
                <p>
                  <b>{actWords(event)}</b> {visibleText(event.note)}
                </p>
                <p className="small">
                  {formatTime(event.at, zone, "dayMinute")} · {visibleText(event.actor)}
                </p>
              </div>
            </li>
          ))}
        </ol>
        <Comment triage={triage} />
      </div>
    </Panel>
  );
}

function actWords({ act, assignee, resolution }: TriageEvent): string {
  switch (act) {
    case "comment":
      return "Comment:";
    case "assign":
      return `Assigned to ${visibleText(assignee ?? "nobody")}.`;
    case "start":
      return "Work started.";
    case "resolve":
      return `Resolved: ${resolution === null ? "" : resolutionWord(resolution).toLowerCase()}.`;
    case "reopen":
      return "Reopened.";
    case "withdraw":
      return "Withdrawn: the rule no longer finds it.";
  }
}

function Comment({ triage }: { triage: Triage }) {
  const may = useMay("findings.triage");
  const [note, setNote] = useState("");
  if (!may) return null;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await triage.act({ act: "comment", note })) setNote("");
  };
  return (
    <form className="stackx" onSubmit={(event) => void submit(event)}>
      <NoteField label="Comment" note={note} onChange={setNote} />
      <div className="row">
        <button className="btn" type="submit" disabled={note.trim() === "" || triage.busy}>
          Comment
        </button>
      </div>
    </form>
  );
}
