import { visibleText } from "../../server/domain/visible-text.ts";
import { commonParts, modelParts, principalParts, type IdParts } from "./identifier.tsx";

/** A long name in two lines: what tells it apart, and below it what is common. The whole is its title. */
export function TwoLine({ main, below, whole }: { main: string; below: string; whole: string }) {
  return (
    <span title={visibleText(whole)}>
      <b className="strong2">{visibleText(main)}</b>
      <br />
      <span className="muted small">{visibleText(below)}</span>
    </span>
  );
}

/** A caller, or what else a finding can be about: an account with a region, a model or a caller's tool. */
export function SubjectName({ subject }: { subject: string }) {
  const { pre, main } = principalParts(subject);
  const model = modelParts(main);
  const shown: IdParts = model.pre === "" ? { pre: "", main, suf: "" } : model;
  const below = [commonParts({ pre, main, suf: "" }), commonParts(shown)].filter(Boolean).join(" · ");
  return <TwoLine main={shown.main} below={below} whole={subject} />;
}
