import { Icon } from "../ui/icon.tsx";
import { useMay } from "../ui/number-link.tsx";
import { Popover } from "../ui/popover.tsx";
import { ReasonForm } from "../ui/reason-form.tsx";
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
      {(close) => (
        <ReasonForm
          intro="Your name, the reason and this record are written to the access trail first."
          submit="Reveal"
          busy={reveal.busy}
          onSubmit={(given) => {
            close();
            void reveal.reveal(given);
          }}
        />
      )}
    </Popover>
  );
}
