import { useEffect, useId, useRef, useState, type ReactNode } from "react";

interface PopoverProps {
  /** The accessible name of what opens. */
  readonly label: string;
  readonly button: ReactNode;
  readonly buttonClass: string;
  /** The name of the button where it has no words of its own. */
  readonly buttonLabel?: string;
  readonly align?: "start" | "end";
  readonly children: (close: () => void) => ReactNode;
}

/** A button and what it opens below itself. Escape and a click elsewhere close it; the focus goes back to the button. */
export function Popover({ label, button, buttonClass, buttonLabel, align = "start", children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const root = useRef<HTMLSpanElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    if (!isElsewhere(root.current)) opener.current?.focus();
  };
  useClosing(open, root, setOpen, close);
  useEffect(() => {
    if (open) root.current?.querySelector<HTMLElement>(".pop :is(button, input, textarea, select, a)")?.focus();
  }, [open]);
  return (
    <span className="pop-root" ref={root}>
      <button
        ref={opener}
        type="button"
        className={buttonClass}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={buttonLabel}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open ? (
        <div id={id} className={`pop ${align}`} role="dialog" aria-label={label}>
          <Inside close={close} content={children} />
        </div>
      ) : null}
    </span>
  );
}

/** True when the user has gone on to something else: what ends late takes no focus from there. */
function isElsewhere(root: HTMLElement | null): boolean {
  const active = document.activeElement;
  return active !== null && active !== document.body && root?.contains(active) !== true;
}

function Inside({ close, content }: { close: () => void; content: (close: () => void) => ReactNode }) {
  return content(close);
}

function useClosing(
  open: boolean,
  root: { readonly current: HTMLElement | null },
  setOpen: (open: boolean) => void,
  close: () => void,
): void {
  useEffect(() => {
    if (!open) return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    const outside = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside, { signal });
    document.addEventListener("focusin", outside, { signal });
    document.addEventListener("keydown", (event) => event.key === "Escape" && close(), { signal });
    return () => controller.abort();
  });
}
