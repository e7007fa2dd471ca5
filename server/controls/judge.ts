import type { ControlResult, FactEvidence } from "../domain/compliance.ts";
import { type Severity, severityRank } from "../domain/severity.ts";
import { sha256Hex } from "../lib/hash.ts";
import type { Snapshot } from "./collect.ts";
import type { AnyControl, Context, Judgement, Judgements } from "./control.ts";
import { unknown } from "./control.ts";
import { inWindow } from "./counted.ts";
import { type FactName, type Facts, isUnreadable, type Unreadable } from "./facts.ts";
import { supportedBy } from "./frameworks.ts";
import type { CheckPolicy } from "./policy.ts";
import { unreadText } from "./unread-words.ts";

const wholeConfiguration = "model-invocation-logging";

/** The facts that these controls look at. */
export function factsOf(controls: readonly AnyControl[]): readonly FactName[] {
  return [...new Set(controls.flatMap(({ mayUse, requires }) => [...requires, ...mayUse]))];
}

/** Of these facts, those that none of the controls looks at where logging is off. */
export function factsWhereOn(controls: readonly AnyControl[]): ReadonlySet<FactName> {
  const anywhere = controls.flatMap(({ mayUse, requires, whereOn = [] }) => [
    ...requires,
    ...mayUse.filter((name) => !whereOn.includes(name)),
  ]);
  return new Set(factsOf(controls).filter((name) => !anywhere.includes(name)));
}

/** What each control says of what was read. Pure: the same snapshot, policy and clock give the same results. */
export function judge(
  controls: readonly AnyControl[],
  snapshot: Snapshot,
  options: { readonly policy: CheckPolicy; readonly now: number },
): readonly ControlResult[] {
  const { account, from, region, to } = snapshot.target;
  const context: Context = { account, region, counted: { from, to }, ...options };
  const facts = inWindow(snapshot.facts, context);
  return controls.flatMap((control) => {
    const used = evidenceFor(control, snapshot.evidence);
    return judgements(control, facts, context).map((judgement) => result(control, judgement, used, context));
  });
}

type Place = Pick<Context, "account" | "policy" | "region">;

/** A control that could not be asked, because nothing could be read. */
export function unreadTarget(
  control: AnyControl,
  { evidence, ...said }: { readonly code: string; readonly reason: string; readonly evidence: readonly FactEvidence[] },
  context: Place,
): ControlResult {
  const failed = evidence.flatMap(({ errorClass, fact }) => (errorClass === null ? [] : [{ fact, class: errorClass }]));
  const unread = failed.length > 0 ? failed : [{ fact: "account", class: said.code }];
  return { ...result(control, unknown([]), evidence, context), ...said, unread };
}

function judgements(control: AnyControl, read: Partial<Facts>, context: Context): Judgements {
  const unread = control.requires.map((name) => read[name] ?? notAsked(name)).filter(isUnreadable);
  if (unread.length > 0) return [unknown(unread)];
  const names = [...control.requires, ...control.mayUse];
  const facts = Object.fromEntries(names.map((name) => [name, name in read ? read[name] : notAsked(name)]));
  return control.evaluate(facts as unknown as Facts, context);
}

function notAsked(name: FactName): Unreadable {
  return {
    unreadable: name,
    service: "",
    operation: "",
    action: "",
    class: "not-asked",
    errorCode: "NotAsked",
    attempts: 0,
    notApplicable: false,
  };
}

/** A fact's parts are named behind a dot. */
function evidenceFor({ mayUse, requires }: AnyControl, evidence: readonly FactEvidence[]): readonly FactEvidence[] {
  const names = new Set<string>([...requires, ...mayUse]);
  return evidence.filter(({ fact }) => names.has(fact.split(".")[0] ?? fact));
}

/** The judgement's, at most the control's, which the policy may grade anew. */
function severityOf(control: AnyControl, judgement: Judgement, { controls }: CheckPolicy): Severity {
  const usual = judgement.verdict === "UNKNOWN" ? control.unknownSeverity : undefined;
  const said = judgement.severity ?? usual;
  const most = controls[control.id]?.severity ?? control.severity;
  return said === undefined || severityRank(said) > severityRank(most) ? most : said;
}

function result(
  control: AnyControl,
  judgement: Judgement,
  evidence: readonly FactEvidence[],
  { account, policy, region }: Place,
): ControlResult {
  const resource = judgement.resource ?? wholeConfiguration;
  const { code, reason } = worded(judgement);
  return {
    id: sha256Hex([control.id, account, region, resource].join("\n")).slice(0, 32),
    control: control.id,
    title: control.title,
    account,
    region,
    resource,
    verdict: judgement.verdict,
    severity: severityOf(control, judgement, policy),
    code,
    reason,
    keptDays: judgement.keptDays ?? null,
    readableDays: judgement.readableDays ?? null,
    notes: [...(judgement.notes ?? [])],
    gaps: [...(judgement.gaps ?? [])],
    decidedBy: judgement.decidedBy ?? null,
    waiver: null,
    baseline: null,
    drift: null,
    frameworks: supportedBy(control.id, {
      verdict: judgement.verdict,
      keptDays: judgement.keptDays ?? null,
      minimumDays: policy.minimumDays,
    }),
    unread: unreadOf(judgement),
    remediation: judgement.remediation ?? null,
    evidence: [...evidence],
  };
}

/** Each once: a control may miss the same fact for several reasons. */
function unreadOf(judgement: Judgement): ControlResult["unread"] {
  if (judgement.verdict !== "UNKNOWN") return [];
  const named = new Map(judgement.unread.map((why) => [`${why.unreadable} ${why.class}`, why]));
  return [...named.values()].map((why) => ({ fact: why.unreadable, class: why.class }));
}

function worded(judgement: Judgement): { readonly code: string; readonly reason: string } {
  if (judgement.verdict !== "UNKNOWN") return { code: judgement.code, reason: judgement.reason };
  const { code, reason, unread } = judgement;
  return { code: code ?? unread[0]?.class ?? "unread", reason: reason ?? unread.map(unreadText).join(" ") };
}
