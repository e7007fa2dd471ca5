import { useId, useState, type FormEvent } from "react";

interface ReasonFormProps {
  /** What is written to the access trail. */
  readonly intro: string;
  readonly submit: string;
  readonly busy: boolean;
  readonly onSubmit: (given: Given) => void;
}

/** What was written down; a field that was left empty is not there. */
export interface Given {
  readonly reason?: string;
  readonly ticket?: string;
}

/** Asks why, before something is done that the access trail keeps. */
export function ReasonForm({ intro, submit, busy, onSubmit }: ReasonFormProps) {
  const [reason, setReason] = useState("");
  const [ticket, setTicket] = useState("");
  const id = useId();
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit(givenOf(reason.trim(), ticket.trim()));
  };
  return (
    <form className="filter-form" onSubmit={send}>
      <p>{intro}</p>
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
      <button className="btn" type="submit" disabled={busy}>
        {submit}
      </button>
    </form>
  );
}

function givenOf(reason: string, ticket: string): Given {
  return { ...(reason === "" ? {} : { reason }), ...(ticket === "" ? {} : { ticket }) };
}
