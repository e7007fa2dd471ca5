import { stringify } from "csv-stringify/sync";
import { type ControlResult, shownVerdict } from "../domain/compliance.ts";
import { visibleText } from "../domain/visible-text.ts";
import { csvText } from "../lib/csv-text.ts";
import { type CheckFormat, whole } from "./check-format.ts";
import { gapText } from "./check-words.ts";

type Value = string | number | null;

/** In this order for good: new ones come at the end. */
const columns: readonly (readonly [name: string, of: (result: ControlResult) => Value])[] = [
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

/** A row a result: UTF-8 with BOM, CRLF, text quoted and inert, numbers bare. Null is an empty cell. */
export const checkCsv: CheckFormat = {
  id: "csv",
  file: "check.csv",
  render({ results }) {
    const records = [
      columns.map(([name]) => name),
      ...results.map((result) => columns.map(([, of]) => inert(of(result)))),
    ];
    return whole(stringify(records, { bom: true, record_delimiter: "\r\n", quoted_string: true }));
  },
};

function inert(value: Value): Value {
  return typeof value === "string" ? csvText(visibleText(value)) : value;
}
