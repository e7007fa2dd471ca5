import { api } from "../../server/domain/api.ts";
import { fillPath } from "../api.ts";
import { useStatus } from "../queries.ts";
import { Icon } from "../ui/icon.tsx";
import { useControls } from "./answers.ts";

/** The run that is shown as a file: what it saw and said, enough to judge it again. */
export function SnapshotLink() {
  const run = useControls().data?.report?.run;
  const demo = useStatus().data?.demo === true;
  if (run === undefined) return null;
  return (
    <a className="btn" href={fillPath(api.snapshot.path, { id: run.id }).path} download={fileName(run, demo)}>
      <Icon name="download" />
      Snapshot
    </a>
  );
}

/** Of letters that every file system takes: the id comes from the store. */
function fileName({ id, clock }: { readonly id: string; readonly clock: string }, demo: boolean): string {
  const words = [demo ? "DEMO-DATA" : "", "bedrock-audit-check", clock.slice(0, 10), id];
  return `${words
    .filter(Boolean)
    .join("-")
    .replaceAll(/[^A-Za-z0-9-]/g, "_")}.json`;
}
