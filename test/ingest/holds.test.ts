import { expect, it } from "vitest";
import { eraseContent } from "../../server/ingest/erase-content.ts";
import { holdDays, releaseHold } from "../../server/ingest/hold-days.ts";
import { takeLease } from "../../server/store/lease.ts";
import { sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { newestTrail } from "../../server/trail/trail.ts";
import { account } from "../aws/small-world.ts";
import { homeRegion } from "../faults/stage.ts";
import { openTrial } from "../faults/trial.ts";
import { day, hour } from "../faults/virtual-time.ts";
import { hourPath, inWorkspace, lines, record } from "./kit.ts";

/* What a hold keeps beside what retention would take: from an erasure, and when it comes late. */

const asked = { by: "cli:test", reason: "case 12" };
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

async function erasing(store: Store, scope: Parameters<typeof eraseContent>[2]["scope"]) {
  const lease = await takeLease(store, "test");
  try {
    return await eraseContent(store, lease, { scope, by: "cli:test", reason: "request 7" });
  } finally {
    await lease.release();
  }
}

it(
  "nothing of an erasure is done that a hold keeps any of: the hold is named, and the trail tells",
  { timeout: 60_000 },
  () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        const earlier = hourPath.replace("/20/09", "/19/09");
        const unread = JSON.stringify(record("p-3")).slice(0, -2);
        workspace.write(`${hourPath}/x.json.gz`, lines(record("p-1"), unread));
        workspace.write(`${earlier}/y.json.gz`, lines(record("p-2", { timestamp: "2026-11-19T09:00:00Z" })));
        await workspace.ingest(store);
        const hold = { account: "111122223333", from: "2026-11-20", to: "2026-11-20" };
        const { id } = await holdDays(store, { ...hold, ...asked });
        const principal = "user/petra";
        const { snapshot } = await store.snapshot();
        await expect(erasing(store, { principal })).rejects.toMatchObject({
          message: `nothing was erased: hold ${id} keeps days of 111122223333 from 2026-11-20 through 2026-11-20 (case 12), and some of this lies in them`,
          remedy: expect.stringContaining(`ingest hold release ${id}`) as unknown,
          exitCode: 3,
        });
        // The record that could not be read lies on that day, too, and no stored call does.
        await expect(erasing(store, { request: "111122223333/us-east-1/p-3" })).rejects.toMatchObject({ exitCode: 3 });
        expect((await store.snapshot()).snapshot).toBe(snapshot);
        expect(await store.catalog.selectFrom("erasures").selectAll().execute()).toEqual([]);
        const trail = await newestTrail(store.catalog, 2);
        expect(trail.map(({ action, outcome }) => [action, outcome])).toEqual([
          ["content.erase", "denied"],
          ["content.erase", "denied"],
        ]);
        expect(await erasing(store, { principal, before: "2026-11-20T00:00:00Z" })).toMatchObject({ calls: 1 });
        await releaseHold(store, id, asked);
        expect(await erasing(store, { principal })).toMatchObject({ calls: 2, quarantine: { removed: 1 } });
      });
    }),
);

it(
  "a late record of a held day is stored with its content, one of another day is ignored",
  { timeout: 60_000 },
  async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
    const { stage, time } = trial;
    const [held, before] = [time.now - 500 * day, time.now - 501 * day];
    const store = await trial.store();
    await holdDays(store, { account, from: dayOf(held), to: dayOf(held), ...asked });
    const kept = [stage.call(held), stage.call(time.now - hour)];
    const key = stage.put(kept, time.now - hour);
    stage.object(key.replace(/[^/]+$/, "late.json"), Buffer.from(lines(stage.call(before))));
    await trial.run();
    const ids = kept.map(({ requestId }) => String(requestId)).toSorted();
    const idsOf = async (table: "content" | "invocations") => {
      const from = table === "content" ? sql`content` : sql`invocations`;
      const rows = await trial.rows(sql`select distinct request_id from ${from} where dt >= '0000' order by 1`);
      return rows.map((row) => row["request_id"]);
    };
    expect(await idsOf("invocations")).toEqual(ids);
    expect(await idsOf("content")).toEqual(ids);
    expect((await trial.status()).sources.map(({ ignoredBy }) => ignoredBy)).toContainEqual({ retention: 1 });
  },
);
