import { asArray, asObject, asText, fieldsOf, type JsonObject } from "./json-values.ts";
import type { BodyPart } from "./families/family-reader.ts";

/** What a guardrail said of one text: the policies that looked at it, and how much of it. */
export interface Assessment {
  readonly guardrailId: string;
  readonly stage: "input" | "output";
  readonly policies: JsonObject;
}

export interface GuardrailTrace {
  /** `INTERVENED`, `NONE`: what InvokeModel says, on the body or on any event. */
  readonly actions: readonly string[];
  readonly actionReason: string | null;
  /** Null: no trace was asked for. */
  readonly assessments: readonly Assessment[] | null;
}

export function readTrace(output: readonly BodyPart[]): GuardrailTrace {
  const actions: string[] = [];
  let trace: JsonObject | null = null;
  for (const { value } of output) {
    const action = asText(value["amazon-bedrock-guardrailAction"]);
    if (action !== null) actions.push(action);
    trace = traceOf(value) ?? trace;
  }
  const assessments = trace === null ? null : readAssessments(trace);
  return { actions, actionReason: asText(fieldsOf(trace)["actionReason"]), assessments };
}

/** Converse, InvokeModel, or the last event of a stream. */
function traceOf(part: JsonObject): JsonObject | null {
  const { trace, metadata } = part;
  const found = part["amazon-bedrock-trace"] ?? trace ?? fieldsOf(metadata)["trace"];
  return asObject(fieldsOf(found)["guardrail"]);
}

function readAssessments(trace: JsonObject): Assessment[] {
  const { inputAssessment, input, outputAssessments, outputs } = trace;
  return [
    ...[inputAssessment, input].flatMap((form) => assessmentsOf(form, "input")),
    ...[outputAssessments, outputs].flatMap((form) => assessmentsOf(form, "output")),
  ];
}

/** `{<id>: A}`, `{<id>: [A]}` or `[{<id>: A}]`: logs and the API differ. */
function assessmentsOf(form: unknown, stage: Assessment["stage"]): Assessment[] {
  if (Array.isArray(form)) return form.flatMap((item) => assessmentsOf(asObject(item), stage));
  return Object.entries(fieldsOf(form)).flatMap(([guardrailId, given]) =>
    (Array.isArray(given) ? given : [given]).flatMap((policies) => {
      const fields = asObject(policies);
      return fields === null ? [] : [{ guardrailId, stage, policies: fields }];
    }),
  );
}

/** The router's choice, from a Converse answer. */
export function readInvokedModel(output: readonly BodyPart[]): string | null {
  for (const { value } of output) {
    const trace = fieldsOf(value["trace"] ?? fieldsOf(value["metadata"])["trace"]);
    const invoked = asText(fieldsOf(trace["promptRouter"])["invokedModelId"]);
    if (invoked !== null) return invoked;
  }
  return null;
}

export const removedTrace = "[removed: guardrail trace]";
type Mutable = Record<string, unknown>;

/**
 * Takes out of every guardrail trace, in place and wherever it stands, what the guardrail was to keep back: the text
 * before masking, and the values that it found. A text outside the bodies that holds such a trace goes as a whole.
 */
export function redactTraces(value: unknown, within: "record" | "body"): void {
  const open: Walked[] = [{ node: value, inTrace: false, inBody: within === "body" }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, inTrace, inBody } = next;
    if (typeof node !== "object" || node === null) continue;
    if (inTrace && !Array.isArray(node)) redactNode(node as Mutable);
    // A parsed object has no enumerable keys but its own; `for in` makes no list of pairs.
    for (const key in node) {
      const child = (node as JsonObject)[key];
      const isBody = inBody || key === "inputBodyJson" || key === "outputBodyJson";
      if (!isBody && typeof child === "string" && spellsTrace(child)) (node as Mutable)[key] = removedTrace;
      else if (typeof child === "object")
        open.push({ node: child, inTrace: inTrace || key === "guardrail", inBody: isBody });
    }
  }
}

interface Walked {
  readonly node: unknown;
  readonly inTrace: boolean;
  readonly inBody: boolean;
}

/** Whether a text that is no JSON of its own holds a trace's fields, as a torn body does. */
export function spellsTrace(text: string): boolean {
  return /"(modelOutput|piiEntities|regexes)\\*"\s*:/.test(text);
}

/** Takes out, in place, events of a streamed answer that came as text and hold a trace. */
export function redactTextEvents(answer: unknown): void {
  if (!Array.isArray(answer)) return;
  answer.forEach((event: unknown, index) => {
    if (typeof event === "string" && spellsTrace(event)) answer[index] = removedTrace;
  });
}

function redactNode(node: Mutable): void {
  const { modelOutput } = node;
  if (modelOutput !== undefined) {
    node["modelOutput"] = Array.isArray(modelOutput) ? modelOutput.map(() => removedTrace) : removedTrace;
  }
  for (const entry of [...asArray(node["piiEntities"]), ...asArray(node["regexes"])]) {
    if (asObject(entry)?.["match"] !== undefined) (entry as Mutable)["match"] = removedTrace;
  }
}

/** A cheap look at the text: without these words, or an escape that could spell one, there is no trace to redact. */
export function mayHoldTrace(text: string): boolean {
  return ["guardrail", "modelOutput", "piiEntities", "regexes", "\\u00"].some((word) => text.includes(word));
}
