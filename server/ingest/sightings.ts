import type { Invocation } from "../domain/invocation.ts";
import { isoMs } from "../lib/iso-ms.ts";
import { memo } from "../lib/memo.ts";

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
  /** The rows to which a call adds, by what it shows: most calls show what another one did. */
  readonly #rowsOf = new Map<string, readonly SightingRow[]>();

  add(invocation: Invocation): void {
    const { accountId, principalKey } = invocation;
    const time = isoMs(invocation.time);
    const id = shownId(invocation);
    let rows = this.#rowsOf.get(id);
    if (rows === undefined) {
      rows = [...shownBy(principalKey, seenIn(invocation))].map(([kind, key]) => this.#row(kind, accountId, key));
      this.#rowsOf.set(id, rows);
    }
    for (const row of rows) see(row, time);
  }

  /** What a stored call shows that it did not show before is added; what it does not show any more is taken back. */
  amend(before: Invocation, after: Invocation): void {
    const [then, now] = [namesOf(before), namesOf(after)];
    const time = isoMs(after.time);
    for (const [name, [kind, key]] of now) if (!then.has(name)) see(this.#row(kind, after.accountId, key), time);
    for (const [name, [kind, key]] of then) if (!now.has(name)) this.#row(kind, before.accountId, key).count -= 1;
  }

  rows(): readonly SightingRow[] {
    return [...this.#rows.values()];
  }

  #row(kind: string, accountId: string, key: string): SightingRow {
    const id = `${kind}\n${accountId}\n${key}`;
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const row = { kind, account_id: accountId, key, first_time: null, last_time: null, count: 0 };
    this.#rows.set(id, row);
    return row;
  }
}

function see(row: SightingRow, time: number): void {
  if (time < (row.first_time ?? Infinity)) row.first_time = time;
  if (time > (row.last_time ?? -Infinity)) row.last_time = time;
  row.count += 1;
}

type Seen = readonly (readonly [SightingKind, readonly string[]])[];

/** Kind and key of everything that one call shows. */
function* shownBy(principalKey: string, seen: Seen): Generator<readonly [string, string]> {
  yield ["principal", principalKey];
  for (const [kind, keys] of seen) {
    for (const key of keys) {
      yield [kind, key];
      yield [`principal/${kind}`, `${principalKey}\t${key}`];
    }
  }
}

function namesOf(invocation: Invocation): ReadonlyMap<string, readonly [string, string]> {
  const shown = [...shownBy(invocation.principalKey, seenIn(invocation))];
  return new Map(shown.map((pair) => [pair.join("\n"), pair]));
}

function seenIn(invocation: Invocation): Seen {
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

/** Equal for calls that show the same. */
function shownId(invocation: Invocation): string {
  const { accountId, endpointType, guardrailIds, model, principalKey, region, sessionName, toolNames } = invocation;
  const shape = sessionName === null ? null : sessionShape(sessionName);
  return JSON.stringify([accountId, principalKey, model, region, endpointType, guardrailIds, toolNames, shape]);
}

const shapes: readonly (readonly [string, RegExp])[] = [
  ["instance", /^i-[0-9a-f]{8,17}$/],
  ["sdk-default", /^(botocore-session-\d+|aws-sdk-|aws-go-sdk-|AWSSDK)/],
  ["agent", /^BedrockAgents?-/],
  ["e-mail", /^[^@\s]{1,64}@[^@\s]{1,255}$/],
  ["uuid", /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i],
];

/** How a session is named, not its name. */
const sessionShape = memo((name) => shapes.find(([, pattern]) => pattern.test(name))?.[0] ?? "other", 1_000, 64);
