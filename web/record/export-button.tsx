import { useState } from "react";
import { api } from "../../server/domain/api.ts";
import type { ExportRequest, ExportTicket } from "../../server/domain/export.ts";
import type { InvocationPage } from "../../server/domain/invocation-answers.ts";
import { ApiError, call, fillPath } from "../api.ts";
import { counted } from "../format.ts";
import { Icon } from "../ui/icon.tsx";
import { useMay } from "../ui/number-link.tsx";
import { Popover } from "../ui/popover.tsx";
import { useView } from "../view.tsx";

type Format = ExportRequest["format"];

const formats: readonly (readonly [Format, string])[] = [
  ["csv", "CSV, for spreadsheets"],
  ["ndjson", "NDJSON, for programs"],
];

/** All records of the list that is shown as a file, not those of one page. */
export function ExportButton({ page }: { page: InvocationPage }) {
  const may = useMay("export");
  const { said, ticket, make } = useExport(page);
  if (!may || page.total.value === 0) return null;
  const button = (
    <>
      <Icon name="download" small />
      Export…
    </>
  );
  return (
    <>
      <span className="muted small" role="status">
        {said} {ticket === null ? null : <ManifestLink ticket={ticket} />}
      </span>
      <Popover label="Export the records" buttonClass="btn small" button={button} align="end">
        {(close) => (
          <div className="filter-form">
            <p>
              {counted(page.total.value, "record")}, newest first, without prompts and answers. Your name and the filter
              are written to the access trail first.
            </p>
            <div className="choices">
              {formats.map(([format, words]) => (
                <button
                  key={format}
                  type="button"
                  onClick={() => {
                    close();
                    void make(format);
                  }}
                >
                  {words}
                </button>
              ))}
            </div>
          </div>
        )}
      </Popover>
    </>
  );
}

/** Rows, hash and range of the file, for who has to show that it is whole. */
function ManifestLink({ ticket: { id, name } }: { ticket: ExportTicket }) {
  return (
    <a className="link" href={fillPath(api.exportManifest.path, { id }).path} download={`${name}.manifest.json`}>
      Manifest
    </a>
  );
}

function useExport({ asOf, range }: InvocationPage) {
  const { state, zone } = useView();
  const [said, setSaid] = useState("");
  const [ticket, setTicket] = useState<ExportTicket | null>(null);
  const make = async (format: Format) => {
    setTicket(null);
    setSaid("Preparing the file");
    try {
      const made = await call(api.exportStart, { range, timeZone: zone, filters: [...state.filters], asOf, format });
      fetchFile(made);
      setTicket(made);
      setSaid("The file is on its way.");
    } catch (error) {
      setSaid(
        `No file was made: ${error instanceof ApiError ? error.problem.detail : "the server could not be reached"}`,
      );
    }
  };
  return { said, ticket, make };
}

/** By a link, so that a large file goes to the disk as it comes, and does not pass through the page. */
function fetchFile({ id, name }: ExportTicket): void {
  const link = document.createElement("a");
  link.href = fillPath(api.exportFile.path, { id }).path;
  link.download = name;
  link.click();
}
