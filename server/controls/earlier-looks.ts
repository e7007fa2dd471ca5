import type { Kysely } from "kysely";
import type { CatalogSchema } from "../store/catalog/schema.ts";
import { factFrom } from "./fact-schemas.ts";
import { type EarlierLook, isUnreadable } from "./facts.ts";
import { placeOf, type TargetSnapshot } from "./target-snapshot.ts";

type Remembered = keyof EarlierLook["facts"];

/** What is remembered of each target: settings, and changes of them. */
const remembered = [
  "loggingConfig",
  "logGroup",
  "s3Store",
  "largeDataStore",
  "configEvents",
  "storeEvents",
] as const satisfies readonly Remembered[];
/** Each run sees anew the changes of three months: once a day is enough. */
const daily: ReadonlySet<Remembered> = new Set(["configEvents", "storeEvents"]);

export interface KeptFact {
  readonly account: string;
  readonly region: string;
  readonly fact: Remembered;
  readonly at: number;
  readonly body: string;
}

const dayMs = 86_400_000;
const mostRows = 20_000;

/** What a run saw that is worth remembering: what could not be read is not. */
export function keptFacts(targets: readonly TargetSnapshot[], at: number): readonly KeptFact[] {
  return targets.flatMap((target) => {
    if (target.kind !== "read") return [];
    const { facts } = target.snapshot;
    const isSettingRead = facts.loggingConfig !== undefined && !isUnreadable(facts.loggingConfig);
    return remembered.flatMap((fact): KeptFact[] => {
      const value = facts[fact];
      // Changes are kept beside the setting that they led to.
      if (daily.has(fact) && !isSettingRead) return [];
      return value === undefined || isUnreadable(value)
        ? []
        : [{ ...placeOf(target), fact, at, body: JSON.stringify(value) }];
    });
  });
}

/** Appends what is not as it was, and everything once a day. */
export async function saveFacts(catalog: Kysely<CatalogSchema>, facts: readonly KeptFact[]): Promise<void> {
  for (const { account, at, body, fact, region } of facts) {
    const last = await catalog
      .selectFrom("check_facts")
      .select(["at", "body"])
      .where("account_id", "=", account)
      .where("region", "=", region)
      .where("fact", "=", fact)
      .orderBy("at", "desc")
      .limit(1)
      .executeTakeFirst();
    if (last !== undefined && at < last.at + dayMs && (last.body === body || daily.has(fact))) continue;
    await catalog
      .insertInto("check_facts")
      .values({ account_id: account, region, fact, at, body })
      .onConflict((same) => same.doNothing())
      .execute();
  }
}

/** What runs in `[from, to)` saw of a target, and the last before them, oldest first. */
export async function earlierLooks(
  catalog: Kysely<CatalogSchema>,
  { account, region }: { readonly account: string; readonly region: string },
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly EarlierLook[]> {
  const ofTarget = catalog
    .selectFrom("check_facts")
    .select(["fact", "at", "body"])
    .where("account_id", "=", account)
    .where("region", "=", region)
    .where("fact", "in", remembered);
  const within = await ofTarget
    .where("at", ">=", from)
    .where("at", "<", to)
    .orderBy("at", "desc")
    .limit(mostRows)
    .execute();
  const before = await Promise.all(
    remembered.map((fact) =>
      ofTarget.where("fact", "=", fact).where("at", "<", from).orderBy("at", "desc").limit(1).execute(),
    ),
  );
  const looks = new Map<number, Record<string, unknown>>();
  for (const { at, body, fact } of [...before.flat(), ...within].toSorted((a, b) => a.at - b.at)) {
    const facts = looks.get(at) ?? {};
    facts[fact] = factFrom(fact as Remembered, JSON.parse(body));
    looks.set(at, facts);
  }
  return [...looks].map(([time, facts]) => ({ time, facts: facts as EarlierLook["facts"] }));
}
