import { visibleText } from "../../server/domain/visible-text.ts";

/** An identifier cut into the part that repeats, the part that differs, and what follows it. */
export interface IdParts {
  readonly pre: string;
  readonly main: string;
  readonly suf: string;
}

/** `111122223333/role/` + `support-chat`: the last part of a principal tells it from the others. */
export function principalParts(key: string): IdParts {
  const cut = key.lastIndexOf("/") + 1;
  return { pre: key.slice(0, cut), main: key.slice(cut), suf: "" };
}

/** `anthropic.` + `claude-sonnet-4-5` + `-20250929-v1:0`. */
export function modelParts(id: string): IdParts {
  const match = /^([a-z0-9]+\.)?(.+?)(-\d{8}-v\d+(?::.*)?|-v\d+(?::.*)?)?$/.exec(id);
  return { pre: match?.[1] ?? "", main: match?.[2] ?? id, suf: match?.[3] ?? "" };
}

/** The parts that repeat, without their separators: `anthropic · 20250929-v1:0`. */
export function commonParts({ pre, suf }: IdParts): string {
  return [pre.replace(/[./]$/, ""), suf.replace(/^-/, "")].filter(Boolean).join(" · ");
}

export function plainParts(text: string): IdParts {
  return { pre: "", main: text, suf: "" };
}

/** The part that differs is dark; the common parts are muted, and the first to be cut. */
export function Identifier({ parts: { pre, main, suf } }: { parts: IdParts }) {
  return (
    <span className="id" title={visibleText(`${pre}${main}${suf}`)}>
      {pre === "" ? null : <span className="pre">{visibleText(pre)}</span>}
      <b>{visibleText(main)}</b>
      {suf === "" ? null : <span className="suf">{visibleText(suf)}</span>}
    </span>
  );
}
