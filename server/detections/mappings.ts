/** A framework and the version whose ids are used: ids are renumbered. */
export const frameworks = {
  T: "MITRE ATT&CK v18",
  TTC: "AWS Threat Technique Catalog 2026-09",
  A: "MITRE ATLAS 5.6.1",
  O: "OWASP Top 10 for LLM Applications 2025",
} as const;

/** Ids of public frameworks by detection; a rule that maps to nothing says so with an empty list. */
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
  ["jailbreak-structure", ["AML.T0054", "AML.T0051.000", "LLM01:2025"]],
  ["delimiter-spoofing", ["AML.T0051", "AML.T0068"]],
  ["secret-in-prompt", ["T1552", "AML.T0055", "AML.T0057", "LLM02:2025"]],
  ["deprecated-model", ["LLM03:2025"]],
  ["residency-violation", ["LLM02:2025"]],
  ["restricted-global-profile", ["LLM02:2025"]],
]);
