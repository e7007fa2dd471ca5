import type { ControlResult } from "../../server/domain/compliance.ts";
import { format } from "../format.ts";
import { visibleLines } from "../record/visible-lines.ts";
import { CopyButton } from "./copy-button.tsx";

/** The commands that mend what fails, each below a line that says where and why. */
export function Fixes({ results }: { results: readonly ControlResult[] }) {
  const fixes = results.filter(({ verdict, waiver, remediation }) => {
    return verdict === "FAIL" && waiver === null && remediation !== null;
  });
  if (fixes.length === 0) return null;
  const text = () =>
    fixes
      .map(({ account, region, control, reason, remediation }) => {
        const why = `# ${account}/${region} ${control}: ${reason}`.replaceAll("\n", " ");
        return `${why}\n${remediation ?? ""}\n`;
      })
      .map(visibleLines)
      .join("\n");
  return (
    <CopyButton text={text} select={() => false}>
      {`Copy CLI fixes (${format.count(fixes.length)})`}
    </CopyButton>
  );
}
