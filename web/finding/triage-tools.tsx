import { useId, useState, type FormEvent } from "react";
import type { FindingState, Resolution, TriageAct, TriagedFinding } from "../../server/domain/finding.ts";
import { useMe } from "../queries.ts";
import { Icon } from "../ui/icon.tsx";
import { useMay } from "../ui/number-link.tsx";
import { Popover } from "../ui/popover.tsx";
import { NoteField } from "./note-field.tsx";
import type { Triage } from "./use-triage.ts";

type Act = Extract<TriageAct, "assign" | "start" | "resolve" | "reopen">;

/** The states in which an act makes sense; the server has the last word. */
const possible: Readonly<Record<Act, readonly FindingState[]>> = {
  assign: ["new", "in_progress"],
  start: ["new"],
  resolve: ["new", "in_progress"],
  reopen: ["resolved", "in_progress", "withdrawn"],
};

/** What can be done with the finding as it stands now. */
export function TriageTools({ finding, triage }: { finding: TriagedFinding; triage: Triage }) {
  const may = useMay("findings.triage");
  if (!may) return <span className="muted small">Judging needs the permission findings.triage</span>;
  const can = (act: Act) => possible[act].includes(finding.state);
  return (
    <>
      {can("assign") ? <Assign finding={finding} triage={triage} /> : null}
      {can("resolve") ? <Resolve triage={triage} /> : null}
      {can("reopen") ? (
        <button className="btn" type="button" disabled={triage.busy} onClick={() => void triage.act({ act: "reopen" })}>
          <Icon name="refresh" />
          Reopen
        </button>
      ) : null}
      {can("start") ? (
        <button
          className="btn primary"
          type="button"
          disabled={triage.busy}
          onClick={() => void triage.act({ act: "start" })}
        >
          Start work
        </button>
      ) : null}
    </>
  );
}

function Assign({ finding, triage }: { finding: TriagedFinding; triage: Triage }) {
  const button = (
    <>
      <Icon name="user" />
      Assign
    </>
  );
  return (
    <Popover label="Assign" buttonClass="btn" button={button} align="end">
      {(close) => <AssignForm finding={finding} triage={triage} close={close} />}
    </Popover>
  );
}

interface FormProps {
  readonly triage: Triage;
  readonly close: () => void;
}

function AssignForm({ finding, triage, close }: FormProps & { finding: TriagedFinding }) {
  const me = useMe().data?.actor ?? "";
  const [name, setName] = useState(finding.assignee ?? me);
  const id = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await triage.act({ act: "assign", assignee: name.trim() });
    close();
  };
  return (
    <form className="filter-form" onSubmit={(event) => void submit(event)}>
      <div className="field">
        <label htmlFor={id}>Who takes it</label>
        <input
          className="input"
          id={id}
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <button className="btn" type="submit" disabled={name.trim() === "" || triage.busy}>
        Assign
      </button>
    </form>
  );
}

const resolutions: readonly { readonly value: Resolution; readonly word: string; readonly meaning: string }[] = [
  { value: "true-positive", word: "Misuse", meaning: "It happened, and it is dealt with" },
  { value: "false-positive", word: "False alarm", meaning: "The rule saw what was not there" },
  { value: "expected", word: "Expected", meaning: "It happened, and it is allowed" },
];

export function resolutionWord(resolution: Resolution): string {
  return resolutions.find(({ value }) => value === resolution)?.word ?? resolution;
}

function Resolve({ triage }: { triage: Triage }) {
  const button = (
    <>
      <Icon name="check" />
      Resolve…
    </>
  );
  return (
    <Popover label="Resolve" buttonClass="btn" button={button} align="end">
      {(close) => <ResolveForm triage={triage} close={close} />}
    </Popover>
  );
}

function ResolveForm({ triage, close }: FormProps) {
  const [resolution, setResolution] = useState<Resolution | null>(null);
  const [note, setNote] = useState("");
  const id = useId();
  const needsNote = resolution !== null && resolution !== "true-positive";
  const lacks = resolution === null || (needsNote && note.trim() === "");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (resolution === null) return;
    await triage.act({ act: "resolve", resolution, note });
    close();
  };
  return (
    <form className="filter-form" onSubmit={(event) => void submit(event)}>
      <fieldset className="choices-of">
        <legend>What was it?</legend>
        {resolutions.map(({ value, word, meaning }) => (
          <label key={value}>
            <input type="radio" name={id} checked={resolution === value} onChange={() => setResolution(value)} />
            <span>
              {word}
              <br />
              <span className="muted small">{meaning}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <NoteField label={needsNote ? "Note, needed: why is it no misuse?" : "Note"} note={note} onChange={setNote} />
      <button className="btn" type="submit" disabled={lacks || triage.busy}>
        Resolve
      </button>
    </form>
  );
}
