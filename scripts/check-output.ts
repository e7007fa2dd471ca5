import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { WriteStream } from "node:tty";
import { InvalidArgumentError } from "commander";
import { stepSummaryFile } from "../server/config.ts";
import type { CheckReport } from "../server/domain/compliance.ts";
import { errorCode, UserError } from "../server/lib/errors.ts";
import type { CheckFormat, CheckRenderOptions } from "../server/reports/check-format.ts";
import { checkFormats } from "../server/reports/check-list.ts";
import { renderMarkdown } from "../server/reports/check-markdown.ts";
import { checkText } from "../server/reports/check-text.ts";

import type { Progress } from "./check-progress.ts";

export const formatNames: readonly string[] = checkFormats.map(({ id }) => id);

/** `sarif,junit`: the formats by their names. */
export function formatList(value: string): readonly CheckFormat[] {
  return value.split(",").map((name) => {
    const format = checkFormats.find(({ id }) => id === name.trim());
    if (format === undefined) throw new InvalidArgumentError(`Write one of ${formatNames.join(", ")}.`);
    return format;
  });
}

export interface OutputOptions extends CheckRenderOptions {
  readonly formats: readonly CheckFormat[];
  /** Folder of a file a format; null: the one format goes to stdout. */
  readonly folder: string | null;
}

/** The result goes to stdout; what a format has no place for, and the counts beside one that is not for people, go to stderr. */
export async function deliver(
  report: CheckReport,
  { folder, formats, ...options }: OutputOptions,
  tell: Pick<Progress, "counts" | "leftOut">,
): Promise<void> {
  for (const { file, id, render } of formats) {
    const plain = { ...options, color: options.color && folder === null };
    const { leftOut, text } = render(report, plain);
    if (folder === null) await written(text);
    else writeOutput(path.join(folder, file), text);
    if (leftOut !== null) tell.leftOut(id, leftOut);
    if (id === "github") appendSummary(report, plain);
  }
  if (folder === null && formats.some(({ id }) => id !== checkText.id)) tell.counts(report, options.failOn);
  if (folder !== null) await written(checkText.render(report, { ...options, color: false, quiet: true }).text);
}

/** Writes a whole file, and the folders above it. */
export function writeOutput(file: string, text: string): void {
  told(file, () => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  });
}

function told(file: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    throw new UserError(`${file} could not be written: ${errorCode(cause)}`, "Name a place that can be written.", {
      cause,
      exitCode: 3,
    });
  }
}

/** The page that GitHub shows of a step; other runners have none. */
function appendSummary(report: CheckReport, options: CheckRenderOptions): void {
  const file = stepSummaryFile();
  if (file !== null) told(file, () => appendFileSync(file, renderMarkdown(report, options).text));
}

/** Only on a terminal that has colours, where neither `--no-color` nor `NO_COLOR` is said. */
export function isColored(flag: boolean, terminal: Pick<WriteStream, "hasColors" | "isTTY">): boolean {
  return flag && terminal.isTTY && terminal.hasColors();
}

/** A pipe may take its time. */
export function written(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
