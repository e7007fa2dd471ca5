import { type ControlResult, shownVerdict } from "../domain/compliance.ts";
import { type CheckFormat, whole } from "./check-format.ts";
import { gapText } from "./check-words.ts";
import { csvFile, type CsvValue } from "./csv-file.ts";

/** In this order for good: new ones come at the end. */
const columns: readonly (readonly [name: string, of: (result: ControlResult) => CsvValue])[] = [
  ["id", ({ id }) => id],
  ["account", ({ account }) => account],
  ["region", ({ region }) => region],
  ["control", ({ control }) => control],
  ["resource", ({ resource }) => resource],
  ["status", shownVerdict],
  ["verdict", ({ verdict }) => verdict],
  ["severity", ({ severity }) => severity],
  ["code", ({ code }) => code],
  ["reason", ({ reason }) => reason],
  ["kept_days", ({ keptDays }) => keptDays],
  ["readable_days", ({ readableDays }) => readableDays],
  ["notes", ({ notes }) => notes.map(({ code, text }) => `${code}: ${text}`).join("; ")],
  ["gaps", ({ gaps }) => gaps.map(gapText).join("; ")],
  ["waiver", ({ waiver }) => waiver?.id ?? null],
  ["waiver_expires", ({ waiver }) => waiver?.expires ?? null],
  ["baseline_since", ({ baseline }) => baseline?.since ?? null],
  ["drift", ({ drift }) => drift?.change ?? null],
  ["frameworks", ({ frameworks }) => frameworks.map((it) => `${it.framework} ${it.requirement}`).join("; ")],
  ["remediation", ({ remediation }) => remediation],
];

/** A row a result. */
export const checkCsv: CheckFormat = {
  id: "csv",
  file: "check.csv",
  render({ results }) {
    const names = columns.map(([name]) => name);
    return whole(
      csvFile(
        names,
        results.map((result) => columns.map(([, of]) => of(result))),
      ),
    );
  },
};
