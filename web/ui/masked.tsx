import { visibleText } from "../../server/domain/visible-text.ts";

/** Stands for text that is not shown; says how much or of what kind it is. Never blurred, never dots. */
export function Masked({ what }: { what: string }) {
  return <span className="mask">{visibleText(what)}</span>;
}

/** Text that was already redacted, as inert text with its hidden characters shown. */
export function Excerpt({ text }: { text: string | null }) {
  if (text === null) return <Masked what="no excerpt" />;
  return <span className="excerpt">{visibleText(text)}</span>;
}
