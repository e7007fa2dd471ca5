import { delimiterToken } from "./delimiter-token.ts";
import { hiddenCharacterRun } from "./hidden-character-run.ts";
import { jailbreakScore } from "./jailbreak-score.ts";
import { refusalTrigger } from "./refusal-trigger.ts";
import { secretAwsAccessKey } from "./secret-aws-access-key.ts";
import type { SignalRule } from "./signal-rule.ts";
import { systemPromptRequest } from "./system-prompt-request.ts";

/** Every signal, in the order in which a record shows them. */
export const signalRules: readonly SignalRule[] = [
  secretAwsAccessKey,
  refusalTrigger,
  hiddenCharacterRun,
  jailbreakScore,
  delimiterToken,
  systemPromptRequest,
];
