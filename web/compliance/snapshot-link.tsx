import { api } from "../../server/domain/api.ts";
import { fillPath } from "../api.ts";
import { useStatus } from "../queries.ts";
import { Icon } from "../ui/icon.tsx";
import { useControls } from "./answers.ts";
import { fileName } from "./file-name.ts";

/** The run that is shown as a file: what it saw and said, enough to judge it again. */
export function SnapshotLink() {
  const run = useControls().data?.report?.run;
  const demo = useStatus().data?.demo === true;
  if (run === undefined) return null;
  return (
    <a
      className="btn"
      href={fillPath(api.snapshot.path, { id: run.id }).path}
      download={`${fileName("bedrock-audit-check", run, demo)}.json`}
    >
      <Icon name="download" />
      Snapshot
    </a>
  );
}
