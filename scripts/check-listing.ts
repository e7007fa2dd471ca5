import { selectControls } from "../server/check.ts";
import { collectors } from "../server/controls/collectors/list.ts";
import { controls as allControls } from "../server/controls/list.ts";
import { defaultPolicy } from "../server/controls/policy.ts";
import { visibleText } from "../server/domain/visible-text.ts";
import { UserError } from "../server/lib/errors.ts";

/** Every control, a line each. */
export function listText(): string {
  return allControls.map(({ id, severity, title }) => `${id}  ${severity}  ${title}\n`).join("");
}

/** What a control asks, and why; throws `UserError` for one that is none. */
export function explainText(id: string): string {
  const [found] = selectControls([id], defaultPolicy);
  if (found === undefined) throw new UserError(`${visibleText(id)} is no control`, "Try --list-controls.");
  const { mayUse, requires, severity, title, why } = found;
  const actions = new Set(
    [...requires, ...mayUse].flatMap((fact) => collectors[fact].calls.map(({ action }) => action)),
  );
  return [
    `${title} (${id}, ${severity})`,
    why,
    `needs: ${requires.join(", ")}; may use: ${mayUse.join(", ")}`,
    `IAM actions: ${[...actions].toSorted().join(", ")}`,
    "",
  ].join("\n");
}
