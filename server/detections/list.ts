import type { RuleWords } from "../domain/finding-answers.ts";
import { bedrockApiKeyUse } from "./bedrock-api-key-use.ts";
import type { Chain } from "./chain-rule.ts";
import { costSpike } from "./cost-spike.ts";
import { delimiterSpoofing } from "./delimiter-spoofing.ts";
import { deprecatedModel } from "./deprecated-model.ts";
import type { Detection } from "./detection-rule.ts";
import { hiddenCharacters } from "./hidden-characters.ts";
import { iamUserInvocation } from "./iam-user-invocation.ts";
import { jailbreakStructure } from "./jailbreak-structure.ts";
import { keyCheckerProbe } from "./key-checker-probe.ts";
import { llmjackingChain } from "./llmjacking-chain.ts";
import { modelSweep } from "./model-sweep.ts";
import { regionHop } from "./region-hop.ts";
import { residencyViolation } from "./residency-violation.ts";
import { restrictedGlobalProfile } from "./restricted-global-profile.ts";
import { rootUserInvocation } from "./root-user-invocation.ts";
import { secretInPrompt } from "./secret-in-prompt.ts";
import { sweepThenUse } from "./sweep-then-use.ts";
import { systemPromptExtraction } from "./system-prompt-extraction.ts";
import { unfamiliarPrincipal } from "./unfamiliar-principal.ts";

/** Every detection, in the order of the page: identity, reconnaissance, cost, attacks, data, governance. */
export const detections: readonly Detection[] = [
  rootUserInvocation,
  bedrockApiKeyUse,
  iamUserInvocation,
  unfamiliarPrincipal,
  modelSweep,
  sweepThenUse,
  keyCheckerProbe,
  regionHop,
  costSpike,
  jailbreakStructure,
  systemPromptExtraction,
  hiddenCharacters,
  delimiterSpoofing,
  secretInPrompt,
  deprecatedModel,
  residencyViolation,
  restrictedGlobalProfile,
];

/** What findings show together, judged after all detections. */
export const chains: readonly Chain[] = [llmjackingChain];

/** What a detection says of itself; null for a rule of another version of this program. */
export function ruleWords(ruleId: string): RuleWords | null {
  const rule = [...detections, ...chains].find(({ id }) => id === ruleId);
  if (rule === undefined) return null;
  const { id, title, why, severity, runbook, falsePositives } = rule;
  return { id, title, why, severity, runbook: [...runbook], falsePositives: [...falsePositives] };
}
