import type { CheckReport } from "../domain/compliance.ts";
import type { Severity } from "../domain/severity.ts";

/** The policy's own file, as the place of what it asks. */
export interface PolicyPlace {
  /** From the folder of the repository, with slashes. */
  readonly file: string;
  /** Line of each control that the file speaks of; any other stands at line 1. */
  readonly lines: ReadonlyMap<string, number>;
}

export interface CheckRenderOptions {
  /** Words come in colours, too; they never say more than the words. */
  readonly color: boolean;
  /** FAIL and UNKNOWN only. Formats for people alone heed it, as they do the next two. */
  readonly quiet: boolean;
  /** Reasons and evidence of what went well, too. */
  readonly verbose: boolean;
  /** Hides what the baseline knows; it is counted all the same. */
  readonly newOnly: boolean;
  /** null: a FAIL never decides the exit code. */
  readonly failOn: Severity | null;
  /** null: the built-in policy. */
  readonly policyPlace: PolicyPlace | null;
}

export interface RenderedCheck {
  readonly text: string;
  /** What the format has no place for, in words; null: it holds all. */
  readonly leftOut: string | null;
}

export interface CheckFormat {
  readonly id: string;
  /** The file's name under `--output`. */
  readonly file: string;
  /** Pure: the same report and options give the same bytes. */
  readonly render: (report: CheckReport, options: CheckRenderOptions) => RenderedCheck;
}

export function whole(text: string): RenderedCheck {
  return { text, leftOut: null };
}
