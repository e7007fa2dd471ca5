import type { PolicyDocument } from "./facts.ts";

/** A text of which only the beginning is known where it is `open`: anything may follow. */
export interface KnownText {
  readonly text: string;
  readonly open: boolean;
}

/** What somebody wants to do. */
export interface PolicyQuestion {
  /** The service that asks; null: the policy is its bearer's own, and names nobody. */
  readonly service: string | null;
  /** `s3:PutObject`. */
  readonly action: string;
  /** null: a policy of trust names none. */
  readonly resource: KnownText | null;
  /** What is known of the request, by condition key in small letters. */
  readonly context: ReadonlyMap<string, KnownText>;
}

/** `unsure`: it hangs on something that is not judged here. */
export type Permission = "allowed" | "denied" | "not-allowed" | "unsure";

type Answer = "yes" | "no" | "maybe";

/**
 * What policies that count together say to a question: a Deny goes before every Allow. Whatever is not understood (an
 * operator, a condition key, a shape) may go either way, and is never taken for the better one.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function permissionOf(policies: readonly PolicyDocument[], question: PolicyQuestion): Permission {
  const statements = policies.flatMap(statementsOf);
  const denies = anyOf(statements.map((statement) => applies(statement, "Deny", question)));
  if (denies === "yes") return "denied";
  const allows = anyOf(statements.map((statement) => applies(statement, "Allow", question)));
  if (allows === "no") return "not-allowed";
  return denies === "maybe" || allows === "maybe" ? "unsure" : "allowed";
}

/** What is left of a permission within the bound that is set to it. */
export function permissionWithin(permission: Permission, bound: Permission): Permission {
  const order = ["denied", "not-allowed", "unsure"] as const;
  return order.find((worse) => permission === worse || bound === worse) ?? "allowed";
}

type Members = Readonly<Record<string, unknown>>;

const statementMembers = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

/** One statement can stand without a list. null: it is none. */
function statementsOf({ Statement }: PolicyDocument): readonly (Members | null)[] {
  const all: readonly unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  return all.map((statement) => (isMembers(statement) ? statement : null));
}

function applies(statement: Members | null, effect: "Allow" | "Deny", question: PolicyQuestion): Answer {
  if (statement === null) return "maybe";
  const { Condition, Effect } = statement;
  if (Effect === (effect === "Allow" ? "Deny" : "Allow")) return "no";
  return allOf([
    Effect === effect ? "yes" : "maybe",
    Object.keys(statement).every((name) => statementMembers.has(name)) ? "yes" : "maybe",
    principalIs(statement, effect, question.service),
    listed(statement, "Action", { text: question.action, open: false }, true),
    question.resource === null ? unsaid(statement, "Resource") : listed(statement, "Resource", question.resource),
    conditionHolds(Condition, question.context),
  ]);
}

function anyOf(answers: readonly Answer[]): Answer {
  return answers.includes("yes") ? "yes" : answers.includes("maybe") ? "maybe" : "no";
}

function allOf(answers: readonly Answer[]): Answer {
  return answers.includes("no") ? "no" : answers.includes("maybe") ? "maybe" : "yes";
}

function not(answer: Answer): Answer {
  return answer === "maybe" ? "maybe" : answer === "yes" ? "no" : "yes";
}

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** null: it is neither a text nor a list of some. */
function textsOf(value: unknown): readonly string[] | null {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every((one) => typeof one === "string") ? list : null;
}

/** `Action` or `NotAction`, `Resource` or `NotResource`: one of both, and not the other. */
function listed(statement: Members, name: "Action" | "Resource", known: KnownText, anyCase = false): Answer {
  const [positive, negative] = [statement[name], statement[`Not${name}`]];
  if ((positive === undefined) === (negative === undefined)) return "maybe";
  const patterns = textsOf(positive ?? negative);
  if (patterns === null) return "maybe";
  const matched = anyOf(patterns.map((pattern) => matches(pattern, known, anyCase)));
  return positive === undefined ? not(matched) : matched;
}

function unsaid(statement: Members, name: "Resource"): Answer {
  return statement[name] === undefined && statement[`Not${name}`] === undefined ? "yes" : "maybe";
}

function principalIs({ NotPrincipal, Principal }: Members, effect: "Allow" | "Deny", service: string | null): Answer {
  if (service === null) return Principal === undefined && NotPrincipal === undefined ? "yes" : "maybe";
  if ((Principal === undefined) === (NotPrincipal === undefined)) return "maybe";
  if (Principal !== undefined) return named(Principal, effect, service);
  const excepted = not(named(NotPrincipal, "Deny", service));
  return effect === "Allow" && excepted === "yes" ? "maybe" : excepted;
}

/** A Deny to everyone denies services, too; whether an Allow to everyone lets them in is not documented. */
function named(principal: unknown, effect: "Allow" | "Deny", service: string): Answer {
  const everyone: Answer = effect === "Deny" ? "yes" : "maybe";
  if (principal === "*") return everyone;
  if (!isMembers(principal) || Object.keys(principal).length === 0) return "maybe";
  return anyOf(
    Object.entries(principal).map(([kind, value]): Answer => {
      const names = textsOf(value);
      if (names === null) return "maybe";
      if (kind === "Service") return anyOf(names.map((name) => serviceIs(name, service)));
      if (kind === "AWS") return names.includes("*") ? everyone : "no";
      return kind === "Federated" || kind === "CanonicalUser" ? "no" : "maybe";
    }),
  );
}

function serviceIs(name: string, service: string): Answer {
  return name === service ? "yes" : name.includes("*") ? "maybe" : "no";
}

/** All operators and all of their keys must hold. */
function conditionHolds(condition: unknown, context: PolicyQuestion["context"]): Answer {
  if (condition === undefined) return "yes";
  if (!isMembers(condition)) return "maybe";
  return allOf(
    Object.entries(condition).flatMap(([operator, keys]): readonly Answer[] => {
      if (!isMembers(keys)) return ["maybe"];
      return Object.entries(keys).map(([key, value]) => keyHolds(operator, value, context.get(key.toLowerCase())));
    }),
  );
}

type Compare = (wanted: string, known: KnownText) => Answer;

const operators: ReadonlyMap<string, readonly [compare: Compare, negated: boolean]> = new Map([
  ["StringEquals", [equals, false]],
  ["StringNotEquals", [equals, true]],
  ["StringEqualsIgnoreCase", [equalsAnyCase, false]],
  ["StringNotEqualsIgnoreCase", [equalsAnyCase, true]],
  ["StringLike", [like, false]],
  ["StringNotLike", [like, true]],
  ["ArnEquals", [arnLike, false]],
  ["ArnLike", [arnLike, false]],
  ["ArnNotEquals", [arnLike, true]],
  ["ArnNotLike", [arnLike, true]],
  ["Bool", [equalsAnyCase, false]],
  // It asks whether the key is missing; a key that is known is there.
  ["Null", [(wanted) => (wanted === "false" ? "yes" : wanted === "true" ? "no" : "maybe"), false]],
]);

/** Of several values one is enough; of a negated operator none may be met. */
function keyHolds(operator: string, value: unknown, known: KnownText | undefined): Answer {
  const [compare, negated] = operators.get(operator.replace(/IfExists$/, "")) ?? [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const wanted = textsOf(list.map((one) => (typeof one === "boolean" ? String(one) : one)));
  if (compare === undefined || known === undefined || wanted === null) return "maybe";
  const met = anyOf(wanted.map((one) => compare(one, known)));
  return negated === true ? not(met) : met;
}

function equals(wanted: string, { open, text }: KnownText): Answer {
  if (wanted.includes("${")) return "maybe";
  if (!open) return wanted === text ? "yes" : "no";
  return wanted.startsWith(text) ? "maybe" : "no";
}

function equalsAnyCase(wanted: string, { open, text }: KnownText): Answer {
  return equals(wanted.toLowerCase(), { open, text: text.toLowerCase() });
}

function like(wanted: string, known: KnownText): Answer {
  return matches(wanted, known);
}

const arnParts = 6;

/** The six parts of an ARN are compared one by one: a star in one of them does not reach into the next. */
function arnLike(wanted: string, { open, text }: KnownText): Answer {
  const [patterns, parts] = [partsOf(wanted), partsOf(text)];
  if (patterns.length < arnParts || parts.length < arnParts) return "maybe";
  return allOf(
    patterns.map((pattern, at) => matches(pattern, { text: parts[at] ?? "", open: open && at === arnParts - 1 })),
  );
}

/** The last one may hold more colons. */
function partsOf(arn: string): readonly string[] {
  const all = arn.split(":");
  return all.length <= arnParts ? all : [...all.slice(0, arnParts - 1), all.slice(arnParts - 1).join(":")];
}

/** Whether a pattern with `*` and `?` is met by the whole text; of an open one: by all texts that begin so, or some. */
function matches(pattern: string, known: KnownText, anyCase = false): Answer {
  // A variable stands for something that only the request tells.
  const [fixed, varies] = [pattern.replaceAll(/\$\{[^}]*\}/g, "*"), pattern.includes("${")];
  const found = anyCase
    ? matchesFixed(fixed.toLowerCase(), { ...known, text: known.text.toLowerCase() })
    : matchesFixed(fixed, known);
  return varies && found === "yes" ? "maybe" : found;
}

function matchesFixed(pattern: string, { open, text }: KnownText): Answer {
  const places = placesBehind(pattern, text);
  if (!open) return places.has(pattern.length) ? "yes" : "no";
  if (places.size === 0) return "no";
  return [...places].some((place) => /^\*+$/.test(pattern.slice(place))) ? "yes" : "maybe";
}

/** The places in a pattern where one can stand when the text has been read. */
function placesBehind(pattern: string, text: string): ReadonlySet<number> {
  let places = throughStars(pattern, [0]);
  for (let at = 0; at < text.length; at += 1) {
    const next = [...places].flatMap((place) => {
      const wanted = pattern[place];
      if (wanted === "*") return [place];
      return wanted === "?" || wanted === text[at] ? [place + 1] : [];
    });
    places = throughStars(pattern, next);
  }
  return places;
}

/** A star can stand for nothing. */
function throughStars(pattern: string, places: readonly number[]): ReadonlySet<number> {
  const all = new Set<number>();
  for (const place of places)
    for (let at = place; !all.has(at); at += 1) {
      all.add(at);
      if (pattern[at] !== "*") break;
    }
  return all;
}
