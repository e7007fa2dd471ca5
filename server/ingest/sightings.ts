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

/** A row of the table `sightings`, times in ms. Kind `principal/<kind>` has the key `<principal key>` TAB `<key>`. */
export interface SightingRow {
  readonly kind: string;
  readonly account_id: string;
  readonly key: string;
  first_time: number;
  last_time: number;
  count: number;
}

/** First and last time of each (kind, account, key) in a batch. */
export class Sightings {
  readonly #rows = new Map<string, SightingRow>();

  add(invocation: Invocation): void {
    const time = Date.parse(invocation.time);
    const { accountId, principalKey } = invocation;
    this.#see("principal", accountId, principalKey, time);
    for (const [kind, keys] of seenIn(invocation)) {
      for (const key of keys) {
        this.#see(kind, accountId, key, time);
        this.#see(`principal/${kind}`, accountId, `${principalKey}\t${key}`, time);
      }
    }
  }

  /** What a call shows that it did not show before. */
  addNew(before: Invocation, invocation: Invocation): void {
    const time = Date.parse(invocation.time);
    const { accountId, principalKey } = invocation;
    const known = new Set(seenIn(before).flatMap(([kind, keys]) => keys.map((key) => `${kind}\n${key}`)));
    if (before.principalKey !== principalKey) this.#see("principal", accountId, principalKey, time);
    for (const [kind, keys] of seenIn(invocation)) {
      for (const key of keys) {
        const isKnown = known.has(`${kind}\n${key}`);
        if (!isKnown) this.#see(kind, accountId, key, time);
        if (!isKnown || before.principalKey !== principalKey)
          this.#see(`principal/${kind}`, accountId, `${principalKey}\t${key}`, time);
      }
    }
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
    if (time < row.first_time) row.first_time = time;
    if (time > row.last_time) row.last_time = time;
    row.count += 1;
  }
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
