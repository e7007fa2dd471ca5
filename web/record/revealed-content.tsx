import { useEffect, useRef, useState } from "react";
import type { RevealedContent } from "../../server/domain/invocation-answers.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { format } from "../format.ts";
import { formatDuration } from "../format-time.ts";
import { Icon } from "../ui/icon.tsx";
import { Panel } from "../ui/panel.tsx";
import { Empty, ErrorState } from "../ui/states.tsx";
import type { Gone, Reveal } from "./use-reveal.ts";
import { firstPart, visibleLines } from "./visible-lines.ts";

const sliceLength = 65_536;

const goneWords: Readonly<Record<Gone, string>> = {
  time: "The content is masked again: its time is over.",
  hidden: "The content is masked again: the page was hidden for a minute.",
  asked: "The content is masked again.",
};

/** The texts while they may be seen; else why they are not. */
export function Revealed({ reveal }: { reveal: Reveal }) {
  const { content, gone, error } = reveal;
  return (
    <>
      <p className="vh" role="status">
        {content !== null ? "Content is shown" : gone === null ? "" : goneWords[gone]}
      </p>
      {error === null ? null : (
        <Panel title="Content">
          <ErrorState error={error} onRetry={() => reveal.forget("asked")} />
        </Panel>
      )}
      {content === null && gone !== null ? (
        <div className="callout">
          <Icon name="eyeoff" />
          <p>{goneWords[gone]}</p>
        </div>
      ) : null}
      {content === null ? null : <Content content={content} />}
    </>
  );
}

function Content({ content }: { content: RevealedContent }) {
  const { segments, inputBody, outputBody, complete, ttlSeconds, trailSeq } = content;
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.focus(), []);
  return (
    <div ref={place} tabIndex={-1} className="revealed" role="region" aria-label="Revealed content">
      <Panel
        title="Content"
        note={`masked again in ${formatDuration(ttlSeconds * 1000)}, when you leave, or after a minute in a hidden tab`}
        foot={
          <span>
            Entry {format.count(trailSeq)} of the access trail.
            {complete ? "" : " The record is larger than what is read: some text is missing."}
          </span>
        }
      >
        {segments.length === 0 && inputBody === null && outputBody === null ? (
          <Empty title="There is no text to show">
            <p>The log was delivered without bodies, or they lie in S3. That is not an empty prompt.</p>
          </Empty>
        ) : null}
        <div className="panel-body stackx">
          {segments.map(({ side, index, role, kind, name, text }) => (
            <section className="stack1" key={`${side} ${index}`} aria-label={`${side} ${index + 1}, ${kind}`}>
              <h3>
                {role ?? side} <span className="muted">{kind === role ? side : `${side}, ${kind}`}</span>{" "}
                {name === null ? null : <code>{visibleText(name)}</code>}
              </h3>
              {text === null ? <p className="muted">no text</p> : <Text text={text} name={`${side} ${index + 1}`} />}
            </section>
          ))}
          <Body name="Input body" body={inputBody} />
          <Body name="Output body" body={outputBody} />
        </div>
      </Panel>
    </div>
  );
}

function Body({ name, body }: { name: string; body: string | null }) {
  const [open, setOpen] = useState(false);
  if (body === null) return null;
  return (
    <details className="data" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Icon name="right" />
        {name}, {format.count(body.length)} characters
      </summary>
      {open ? <Text text={body} name={name} /> : null}
    </details>
  );
}

/** Inert text in parts: no Markdown, no links, and what hides in it is shown. */
function Text({ text, name }: { text: string; name: string }) {
  const [length, setLength] = useState(sliceLength);
  const part = firstPart(text, length);
  return (
    <>
      <pre className="well wrap content" tabIndex={0} aria-label={name}>
        {visibleLines(part)}
      </pre>
      {part.length === text.length ? null : (
        <div className="row">
          <button className="btn small" type="button" onClick={() => setLength(length + sliceLength)}>
            Show more
          </button>
          <span className="muted small">
            {format.count(part.length)} of {format.count(text.length)} characters
          </span>
        </div>
      )}
    </>
  );
}
