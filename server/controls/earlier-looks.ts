import type { Kysely } from "kysely";
import type { CatalogSchema } from "../store/catalog/schema.ts";
import { factFrom } from "./fact-schemas.ts";
import { type Facts, isUnreadable } from "./facts.ts";
import { placeOf, type TargetSnapshot } from "./target-snapshot.ts";

/** Settings that are remembered of each target. */
const remembered = ["loggingConfig", "logGroup", "s3Store", "largeDataStore"] as const;
type Remembered = (typeof remembered)[number];

export interface KeptFact {
  readonly account: string;
  readonly region: string;
  readonly fact: Remembered;
  readonly at: number;
  readonly body: string;
}

/** What an earlier run of ours saw of a target. A fact that it did not see anew is left out. */
export interface EarlierLook {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly facts: Partial<Pick<Facts, Remembered>>;
}

const dayMs = 86_400_000;
const mostRows = 20_000;

/** What a run saw that is worth remembering: what could not be read is not. */
export function keptFacts(targets: readonly TargetSnapshot[], at: number): readonly KeptFact[] {
  return targets.flatMap((target) => {
    if (target.kind !== "read") return [];
    const { facts } = target.snapshot;
    return remembered.flatMap((fact): KeptFact[] => {
      const value = facts[fact];
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
    if (last !== undefined && last.body === body && at < last.at + dayMs) continue;
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
