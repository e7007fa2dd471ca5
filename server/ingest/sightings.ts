import type { Invocation } from "../domain/invocation.ts";

export const sightingKinds = [
  "principal",
  "model",
  "region",
  "endpoint-type",
  "guardrail",
  "tool",
  "session-shape",
] as const;
export type SightingKind = (typeof sightingKinds)[number];

/**
 * A row of the table `sightings`, times in ms. Kind `principal/<kind>` has the key `<principal key>` TAB `<key>`. A negative count is
 * taken back from the sum; it has no times, as those of the calls that remain are not known here.
 */
export interface SightingRow {
  readonly kind: string;
  readonly account_id: string;
  readonly key: string;
  first_time: number | null;
  last_time: number | null;
  count: number;
}

/** First and last time of each (kind, account, key) in a batch. */
export class Sightings {
  readonly #rows = new Map<string, SightingRow>();

  add(invocation: Invocation): void {
    const time = Date.parse(invocation.time);
    for (const [kind, key] of shownBy(invocation)) this.#see(kind, invocation.accountId, key, time);
  }

  /** What a stored call shows that it did not show before is added; what it does not show any more is taken back. */
  amend(before: Invocation, after: Invocation): void {
    const [then, now] = [namesOf(before), namesOf(after)];
    const time = Date.parse(after.time);
    for (const [name, [kind, key]] of now) if (!then.has(name)) this.#see(kind, after.accountId, key, time);
    for (const [name, [kind, key]] of then) if (!now.has(name)) this.#takeBack(kind, before.accountId, key);
  }

  rows(): readonly SightingRow[] {
    return [...this.#rows.values()];
  }

  #see(kind: string, accountId: string, key: string, time: number): void {
    const id = `${kind}\n${accountId}\n${key}`;
    const row = this.#rows.get(id);
    if (row === undefined) {
      this.#rows.set(id, { kind, account_id: accountId, key, first_time: time, last_time: time, count: 1 });
      return;
    }
    if (time < (row.first_time ?? Infinity)) row.first_time = time;
    if (time > (row.last_time ?? -Infinity)) row.last_time = time;
    row.count += 1;
  }

  #takeBack(kind: string, accountId: string, key: string): void {
    const id = `${kind}\n${accountId}\n${key}`;
    const row = this.#rows.get(id);
    if (row === undefined)
      this.#rows.set(id, { kind, account_id: accountId, key, first_time: null, last_time: null, count: -1 });
    else row.count -= 1;
  }
}

/** Kind and key of everything that one call shows. */
function* shownBy(invocation: Invocation): Generator<readonly [string, string]> {
  const { principalKey } = invocation;
  yield ["principal", principalKey];
  for (const [kind, keys] of seenIn(invocation)) {
    for (const key of keys) {
      yield [kind, key];
      yield [`principal/${kind}`, `${principalKey}\t${key}`];
    }
  }
}

function namesOf(invocation: Invocation): ReadonlyMap<string, readonly [string, string]> {
  return new Map([...shownBy(invocation)].map((shown) => [shown.join("\n"), shown]));
}

function seenIn(invocation: Invocation): readonly (readonly [SightingKind, readonly string[]])[] {
  const { endpointType, guardrailIds, model, region, sessionName, toolNames } = invocation;
  return [
    ["model", model === null ? [] : [model]],
    ["region", [region]],
    ["endpoint-type", [endpointType]],
    ["guardrail", guardrailIds ?? []],
    ["tool", [...new Set(toolNames)]],
    ["session-shape", sessionName === null ? [] : [sessionShape(sessionName)]],
  ];
}

const shapes: readonly (readonly [string, RegExp])[] = [
  ["instance", /^i-[0-9a-f]{8,17}$/],
  ["sdk-default", /^(botocore-session-\d+|aws-sdk-|aws-go-sdk-|AWSSDK)/],
  ["agent", /^BedrockAgents?-/],
  ["e-mail", /^[^@\s]{1,64}@[^@\s]{1,255}$/],
  ["uuid", /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i],
];

/** How a session is named, not its name. */
function sessionShape(name: string): string {
  return shapes.find(([, pattern]) => pattern.test(name))?.[0] ?? "other";
}
