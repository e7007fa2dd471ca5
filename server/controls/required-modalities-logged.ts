import type { ControlNote } from "../domain/compliance.ts";
import { control, fail, pass, unknown } from "./control.ts";
import { type Delivered, type Modality, textAlone } from "./facts.ts";
import { mendModalities } from "./remediation.ts";
import { loggingOff } from "./stores-named.ts";

/** What is not asked for, and does not come. */
function notesOn(delivered: Delivered, others: readonly Modality[]): readonly ControlNote[] {
  const off = others.filter((modality) => delivered[modality] === false);
  const unsaid = others.filter((modality) => delivered[modality] === null);
  return [
    ...(off.length === 0 ? [] : [info("modality-off", `Not delivered: ${off.join(", ")}.`)]),
    ...(unsaid.length === 0
      ? []
      : [info("modality-unsaid", `AWS did not say whether these are delivered: ${unsaid.join(", ")}.`)]),
  ];
}

function info(code: string, text: string): ControlNote {
  return { level: "info", code, text };
}

const bucket = { set: true, s3: { bucket: "logs", prefix: "" }, cloudWatch: null, delivered: textAlone };
const without = (text: boolean | null) => ({ ...bucket, delivered: { ...textAlone, text } });

export const requiredModalitiesLogged = control({
  id: "required-modalities-logged",
  title: "The bodies that are needed are delivered",
  severity: "high",
  why: "A record without its body says that a model was called, not what it was asked or what it answered.",
  requires: ["loggingConfig"],
  mayUse: [],
  evaluate({ loggingConfig }, { policy, region }) {
    const off = loggingOff(loggingConfig);
    if (off !== null) return [off];
    const { delivered } = loggingConfig;
    const required = [...new Set(policy.requiredModalities)];
    const others = (Object.keys(textAlone) as Modality[]).filter((modality) => !required.includes(modality));
    const notes = notesOn(delivered, others);
    const missing = required.filter((modality) => delivered[modality] === false);
    const unsaid = required.filter((modality) => delivered[modality] === null);
    const decidedBy = Object.fromEntries(required.map((modality) => [modality, delivered[modality]]));
    const remediation = mendModalities(loggingConfig, region, required);
    if (missing.length > 0) {
      const reason = `${missing.join(", ")} bodies are not delivered; records hold metadata only.`;
      return [fail("content-off", reason, { notes, remediation, decidedBy })];
    }
    if (unsaid.length > 0) {
      const reason = `AWS did not say whether ${unsaid.join(", ")} is delivered.`;
      return [unknown([], "flag-absent", { notes, reason, remediation })];
    }
    if (required.length === 0)
      return [pass("none-required", "No bodies are required.", { notes, decidedBy: { requiredModalities: [] } })];
    return [pass("delivered", `Delivered: ${required.join(", ")}.`, { notes, decidedBy })];
  },
  examples: [
    { facts: { loggingConfig: bucket }, gives: ["PASS", "delivered"] },
    { facts: { loggingConfig: without(false) }, gives: ["FAIL", "content-off"] },
    { facts: { loggingConfig: without(null) }, gives: ["UNKNOWN", "flag-absent"] },
    {
      facts: { loggingConfig: bucket },
      policy: { requiredModalities: ["text", "image"] },
      gives: ["FAIL", "content-off"],
    },
    {
      facts: { loggingConfig: without(null) },
      policy: { requiredModalities: ["text", "image"] },
      gives: ["FAIL", "content-off"],
    },
    { facts: { loggingConfig: without(false) }, policy: { requiredModalities: [] }, gives: ["PASS", "none-required"] },
    {
      facts: { loggingConfig: { ...bucket, set: false, s3: null } },
      gives: ["NOT_APPLICABLE", "logging-off"],
    },
    { facts: { loggingConfig: { ...bucket, s3: null } }, gives: ["NOT_APPLICABLE", "logging-off"] },
  ],
});
