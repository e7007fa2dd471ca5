import { z } from "zod";
import type { Target } from "../domain/target.ts";
import type { Clock } from "../lib/clock.ts";
import { errorCode } from "../lib/errors.ts";
import { inParallel } from "../lib/in-parallel.ts";
import type { Log } from "../lib/log.ts";
import type { ResolvedModel } from "../normalize/endpoint.ts";
import type { ModelMapping } from "../normalize/model-mapping.ts";
import type { Catalog } from "../store/catalog/ledger.ts";
import type { ModelLookup } from "./model-lookup.ts";

type Models = ReadonlyMap<string, ResolvedModel>;

/** The ways from opaque ARNs to models that are known by now. */
export interface KnownModels {
  /** Grows; a reader thread that starts later gets all of it. */
  readonly models: Models;
  /** Asks for all profiles of the targets and again for what failed before; what is new. What AWS refuses is remembered, not thrown. */
  learn(targets: readonly Target[]): Promise<Models>;
  /** Asks for ARNs that records named; what is new. */
  see(arns: readonly string[]): Promise<Models>;
}

const Answer = z.object({ modelArns: z.array(z.string()) });
const hourMs = 3_600_000;
/** Until AWS is asked again for what it would not tell; the last one is repeated. */
const askedAgainAfterMs = [hourMs, 6 * hourMs, 24 * hourMs] as const;
const targetsAtOnce = 8;

/**
 * What AWS said is remembered in the catalog, so that what is deleted later stays readable. All profiles are listed before
 * anything is read; calls that were stored before their ARN was known are amended (`unamendedModels`).
 */
export async function openModels(deps: {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly log: Log;
  readonly lookup: ModelLookup | null;
}): Promise<KnownModels> {
  const { catalog, clock, log, lookup } = deps;
  const models = await storedModels(catalog);

  async function keep(answers: ReadonlyMap<string, readonly string[]>): Promise<Models> {
    const fresh = new Map<string, ResolvedModel>();
    for (const [arn, modelArns] of answers) {
      if (models.has(arn)) continue;
      const answer = { answer: JSON.stringify({ modelArns }), resolved_at: clock(), error: null, next_try_at: null };
      const insert = catalog.insertInto("profiles").values({ arn, ...answer });
      await insert.onConflict((conflict) => conflict.column("arn").doUpdateSet(answer)).execute();
      fresh.set(arn, { modelArns });
      models.set(arn, { modelArns });
    }
    return fresh;
  }

  /** `tries` were in vain before. */
  async function failed(arn: string, error: unknown, tries: number): Promise<void> {
    const waitMs = askedAgainAfterMs[Math.min(tries, askedAgainAfterMs.length - 1)] ?? hourMs;
    const at = clock();
    const told = { error: errorCode(error), asked_at: at, next_try_at: at + waitMs, tries: tries + 1 };
    const insert = catalog.insertInto("profiles").values({ arn, answer: null, resolved_at: null, ...told });
    await insert.onConflict((conflict) => conflict.column("arn").doUpdateSet(told)).execute();
    log.warn({ event: "profile-unread", code: told.error });
  }

  async function ask(arns: readonly string[], ask: ModelLookup): Promise<Models> {
    const fresh = new Map<string, ResolvedModel>();
    for (const arn of new Set(arns)) {
      if (models.has(arn)) continue;
      const before = await catalog.selectFrom("profiles").selectAll().where("arn", "=", arn).executeTakeFirst();
      if ((before?.next_try_at ?? 0) > clock()) continue;
      try {
        for (const [key, model] of await keep(new Map([[arn, await ask.one(arn)]]))) fresh.set(key, model);
      } catch (error) {
        await failed(arn, error, before?.tries ?? 0);
      }
    }
    return fresh;
  }

  async function listed(target: Target, ask: ModelLookup): Promise<Models> {
    try {
      return await keep(await ask.all(target));
    } catch (error) {
      log.warn({ event: "profiles-unlisted", code: errorCode(error) });
      return new Map();
    }
  }

  async function dueAgain(): Promise<string[]> {
    const due = catalog
      .selectFrom("profiles")
      .select("arn")
      .where("answer", "is", null)
      .where("next_try_at", "<=", clock());
    return (await due.execute()).map(({ arn }) => arn);
  }

  return {
    models,
    async learn(targets) {
      if (lookup === null) return new Map();
      const found = await inParallel(targets, targetsAtOnce, (target) => listed(target, lookup));
      const again = await ask(await dueAgain(), lookup);
      return new Map([...found, again].flatMap((fresh) => [...fresh]));
    },
    see: async (arns) => (lookup === null ? new Map<string, ResolvedModel>() : ask(arns, lookup)),
  };
}

/** The models behind opaque ARNs that were resolved before. */
async function storedModels(catalog: Catalog): Promise<Map<string, ResolvedModel>> {
  const rows = await catalog.selectFrom("profiles").select(["arn", "answer"]).where("answer", "is not", null).execute();
  return new Map(
    rows.flatMap(({ answer, arn }) => {
      const read = Answer.safeParse(JSON.parse(answer ?? "null"));
      return read.success ? [[arn, read.data] as const] : [];
    }),
  );
}

/** ARNs that were explained, and whose calls of before have not been read again since. */
export async function unamendedModels(catalog: Catalog): Promise<readonly string[]> {
  const rows = await catalog
    .selectFrom("profiles")
    .select("arn")
    .where("answer", "is not", null)
    .where("amended_at", "is", null)
    .execute();
  return rows.map(({ arn }) => arn);
}

export async function amendedModels(catalog: Catalog, arns: readonly string[], at: number): Promise<void> {
  for (const arn of arns)
    await catalog.updateTable("profiles").set({ amended_at: at }).where("arn", "=", arn).execute();
}

const mappedKey = "models_mapped";
const MappedBefore = z.record(z.string(), z.string());

async function mappedBefore(catalog: Catalog): Promise<Readonly<Record<string, string>>> {
  const row = await catalog.selectFrom("meta").select("value").where("key", "=", mappedKey).executeTakeFirst();
  return row === undefined ? {} : MappedBefore.parse(JSON.parse(row.value));
}

/** ARNs of which the operator says something else than what stored calls were last read again with. */
export async function unamendedMapping(catalog: Catalog, mapping: ModelMapping): Promise<readonly string[]> {
  if (mapping.size === 0) return [];
  const before = await mappedBefore(catalog);
  return [...mapping].flatMap(([arn, model]) => (before[arn] === model ? [] : [arn]));
}

export async function amendedMapping(catalog: Catalog, mapping: ModelMapping): Promise<void> {
  if ((await unamendedMapping(catalog, mapping)).length === 0) return;
  const value = JSON.stringify({ ...(await mappedBefore(catalog)), ...Object.fromEntries(mapping) });
  await catalog
    .insertInto("meta")
    .values({ key: mappedKey, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
}
