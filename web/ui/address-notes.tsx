import { useState } from "react";
import { readable } from "../url-state.ts";
import { useView } from "../view.tsx";
import { visibleText } from "../../server/domain/visible-text.ts";
import { Icon } from "./icon.tsx";

/** What of the address was not understood: an unknown key is ignored and named, an unreadable value stops the page. */
export function AddressNotes() {
  const { change, ...read } = useView();
  const { unknown, problems } = read;
  const [dismissed, setDismissed] = useState("");
  const names = unknown.map(visibleText).join(", ");
  return (
    <>
      {problems.map(({ key, value }) => (
        <div className="callout bad" role="alert" key={`${key} ${value}`}>
          <Icon name="fail" />
          <div>
            <p>
              <b>{key}</b> in the address has a value that cannot be read: <code>{visibleText(value)}</code>
            </p>
            <p>No numbers are shown, so that no filter is widened in silence.</p>
            <button className="btn small" type="button" onClick={() => change(readable(read))}>
              Leave it out
            </button>
          </div>
        </div>
      ))}
      {names === "" || names === dismissed ? null : (
        <div className="callout">
          <Icon name="info" />
          <p>
            This link has parts that are not known here: <code>{names}</code>. They were ignored.
          </p>
          <button
            className="btn quiet icon small end"
            type="button"
            aria-label="Dismiss"
            onClick={() => setDismissed(names)}
          >
            <Icon name="x" small />
          </button>
        </div>
      )}
    </>
  );
}
