/**
 * Ids of public frameworks by detection; a rule that maps to nothing says so with an empty list. Ids are renumbered now and then:
 * these are of MITRE ATT&CK v18 (T…), the AWS Threat Technique Catalog 2026-09 (T….A…), MITRE ATLAS 5.6.1 (AML…) and the
 * OWASP Top 10 for LLM Applications 2025 (LLM…).
 */
export const mappings: ReadonlyMap<string, readonly string[]> = new Map([
  ["root-user-invocation", ["T1078.004", "LLM10:2025"]],
  ["bedrock-api-key-use", ["T1078.004", "AML.T0012", "AML.T0091.000"]],
  ["iam-user-invocation", ["T1078.004", "T1496.A007"]],
  ["unfamiliar-principal", ["T1078.004", "AML.T0040"]],
  ["model-sweep", ["AML.T0075", "AML.T0040", "T1580", "T1526", "LLM10:2025"]],
  ["sweep-then-use", ["T1496", "T1496.A007", "AML.T0034"]],
  ["key-checker-probe", ["AML.T0042", "AML.T0040"]],
  ["region-hop", ["T1535", "AML.T0034"]],
  ["cost-spike", ["T1496", "AML.T0034.000", "LLM10:2025"]],
  ["llmjacking-chain", ["T1496", "T1496.A007", "AML.T0034"]],
  ["jailbreak-structure", ["AML.T0054", "AML.T0051.000", "LLM01:2025"]],
  ["system-prompt-extraction", ["AML.T0056", "AML.T0069.002", "LLM07:2025"]],
  ["hidden-characters", ["AML.T0068", "LLM01:2025"]],
  ["delimiter-spoofing", ["AML.T0051", "AML.T0068"]],
  ["secret-in-prompt", ["T1552", "AML.T0055", "AML.T0057", "LLM02:2025"]],
  ["deprecated-model", ["LLM03:2025"]],
  ["residency-violation", ["LLM02:2025"]],
  ["restricted-global-profile", ["LLM02:2025"]],
]);
