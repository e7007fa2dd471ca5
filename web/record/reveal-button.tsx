import { useId, useState, type FormEvent } from "react";
import { Icon } from "../ui/icon.tsx";
import { useMay } from "../ui/number-link.tsx";
import { Popover } from "../ui/popover.tsx";
import type { Reveal } from "./use-reveal.ts";

/** Asks for the reason first; the answer comes only after the access trail has it. */
export function RevealButton({ reveal }: { reveal: Reveal }) {
  const may = useMay("content.read");
  if (!may) return <span className="muted small">Reading content needs the permission content.read</span>;
  if (reveal.content !== null) {
    return (
      <button className="btn" type="button" onClick={() => reveal.forget("asked")}>
        <Icon name="eyeoff" />
        Hide content
      </button>
    );
  }
  const button = (
    <>
      <Icon name="eye" />
      Reveal content…
    </>
  );
  return (
    <Popover label="Reveal content" buttonClass="btn primary" button={button} align="end">
      {(close) => <ReasonForm reveal={reveal} close={close} />}
    </Popover>
  );
}

function ReasonForm({ reveal, close }: { reveal: Reveal; close: () => void }) {
  const [reason, setReason] = useState("");
  const [ticket, setTicket] = useState("");
  const id = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    close();
    await reveal.reveal(reason.trim(), ticket.trim());
  };
  return (
    <form className="filter-form" onSubmit={(event) => void submit(event)}>
      <p>Your name, the reason and this record are written to the access trail first.</p>
      <div className="field">
        <label htmlFor={`${id}r`}>Reason</label>
        <textarea
          className="input"
          id={`${id}r`}
          rows={2}
          maxLength={500}
          value={reason}
          aria-describedby={`${id}h`}
          onChange={(event) => setReason(event.target.value)}
        />
        <span className="hint" id={`${id}h`}>
          Kept for good. Optional while you are the only user.
        </span>
      </div>
      <div className="field">
        <label htmlFor={`${id}t`}>Ticket</label>
        <input
          className="input"
          id={`${id}t`}
          maxLength={100}
          value={ticket}
          onChange={(event) => setTicket(event.target.value)}
        />
      </div>
      <button className="btn" type="submit" disabled={reveal.busy}>
        Reveal
      </button>
    </form>
  );
}
