import type { RuleWords } from "../domain/api.ts";
import { detections } from "./list.ts";

/** What each detection says of itself, in the order of the list. */
export const detectionWords: readonly RuleWords[] = detections.map(
  ({ id, title, why, severity, runbook, falsePositives }) => ({
    id,
    title,
    why,
    severity,
    runbook: [...runbook],
    falsePositives: [...falsePositives],
  }),
);

/** Null for a rule of another version of this program. */
export function ruleWords(id: string): RuleWords | null {
  return detectionWords.find((words) => words.id === id) ?? null;
}
