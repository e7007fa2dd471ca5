import { useId, useState } from "react";
import { visibleLines } from "../record/visible-lines.ts";
import { Icon } from "../ui/icon.tsx";

interface CopyButtonProps {
  readonly text: () => string;
  /** What is done where the browser does not let the page copy: returns whether the text is selected now. */
  readonly select: () => boolean;
  readonly children: string;
}

/** Copies, or selects what cannot be copied: a browser may refuse, or give no clipboard at all. */
export function CopyButton({ text, select, children }: CopyButtonProps) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setSaid("Copied");
    } catch {
      setSaid(select() ? "Selected: copy it with the keyboard" : "The browser does not let this page copy");
    }
  };
  return (
    <span className="row tightly">
      <button className="btn small" type="button" onClick={() => void copy()}>
        <Icon name="copy" small />
        {children}
      </button>
      <span className="muted small" role="status">
        {said}
      </span>
    </span>
  );
}

/** A command as it is typed: to be read, selected and copied. What hides in it is shown, also in the copy. */
export function Command({ text, label }: { text: string; label: string }) {
  const id = useId();
  const shown = visibleLines(text);
  const select = () => {
    const place = document.getElementById(id);
    if (place === null) return false;
    getSelection()?.selectAllChildren(place);
    place.focus();
    return true;
  };
  return (
    <div className="command">
      <pre className="well wrap" id={id} tabIndex={0} aria-label={label}>
        {shown}
      </pre>
      <CopyButton text={() => shown} select={select}>
        Copy
      </CopyButton>
    </div>
  );
}
