import { useEffect, useRef, useState } from "react";
import { api } from "../../server/domain/api.ts";
import { ApiError, callForFile } from "../api.ts";
import { useStatus } from "../queries.ts";
import { Icon } from "../ui/icon.tsx";
import { useMay } from "../ui/number-link.tsx";
import { Popover } from "../ui/popover.tsx";
import { type Given, ReasonForm } from "../ui/reason-form.tsx";
import { useControls } from "./answers.ts";
import { fileName } from "./file-name.ts";

interface Run {
  readonly id: string;
  readonly clock: string;
}

/** The run that is shown as an archive that others can check: results, facts, hashes, and who made it why. */
export function PackButton() {
  const run = useControls().data?.report?.run;
  const demo = useStatus().data?.demo === true;
  const may = useMay("packs.create");
  return run === undefined || !may ? null : <Pack run={run} demo={demo} />;
}

function Pack({ run, demo }: { run: Run; demo: boolean }) {
  const { busy, make, said } = usePack(run, demo);
  const button = (
    <>
      <Icon name="download" />
      Evidence pack…
    </>
  );
  return (
    <>
      <Popover label="Make an evidence pack" buttonClass="btn" button={button} align="end">
        {(close) => (
          <ReasonForm
            intro="Your name, the reason and the hash of the pack are written to the access trail first. It holds no prompt and no answer."
            submit="Make the pack"
            busy={busy}
            onSubmit={(given) => {
              close();
              void make(given);
            }}
          />
        )}
      </Popover>
      <span className="muted small" role="status">
        {said}
      </span>
    </>
  );
}

function usePack(run: Run, demo: boolean) {
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  const leaving = useRef<AbortController | null>(null);
  useEffect(() => () => leaving.current?.abort(), []);
  const make = async (given: Given) => {
    const { signal } = (leaving.current = new AbortController());
    setBusy(true);
    setSaid("Making the pack");
    try {
      saveAs(
        await callForFile(api.pack, { run: run.id, ...given }, signal),
        `${fileName("bedrock-audit-pack", run, demo)}.zip`,
      );
      setSaid("The pack is made");
    } catch (error) {
      if (!signal.aborted)
        setSaid(`No pack was made: ${error instanceof ApiError ? error.message : "the server could not be reached"}`);
    } finally {
      if (!signal.aborted) setBusy(false);
    }
  };
  return { busy, make, said };
}

function saveAs(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
