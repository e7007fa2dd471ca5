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
  return (
    <CopyButton text={() => fixesText(fixes)} select={() => false}>
      {`Copy CLI fixes (${format.count(fixes.length)})`}
    </CopyButton>
  );
}

/** For a shell: what is no command is a comment. */
export function fixesText(fixes: readonly ControlResult[]): string {
  return fixes
    .map(({ account, region, control, reason, remediation }) => {
      const why = `${account}/${region} ${control}: ${reason}`.replaceAll("\n", " ");
      return `${comment(why)}\n${shellLines(remediation ?? "")}\n`;
    })
    .map(visibleLines)
    .join("\n");
}

/** Every mend that is a command calls AWS. */
const command = /^aws [a-z]/;

function shellLines(mend: string): string {
  return command.test(mend) ? mend : comment(mend);
}

function comment(text: string): string {
  return text.replaceAll(/^/gm, "# ");
}
