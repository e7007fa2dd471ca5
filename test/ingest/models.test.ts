import { expect, it } from "vitest";
import type { ModelLookup } from "../../server/ingest/model-lookup.ts";
import { ingest } from "../../server/ingest.ts";
import type { ModelMapping } from "../../server/normalize/model-mapping.ts";
import { takeLease } from "../../server/store/lease.ts";
import { sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { hourPath, inWorkspace, lines, record, type Workspace } from "./kit.ts";

const arn = (id: string) => `arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/${id}`;
const haiku = (region: string) =>
  `arn:aws:bedrock:${region}::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0`;

async function run(
  workspace: Workspace,
  store: Store,
  lookup: ModelLookup,
  mapping: ModelMapping = new Map(),
): Promise<void> {
  const lease = await takeLease(store, "test");
  const sources = await workspace.sources();
  const signal = new AbortController().signal;
  await ingest({ store, lease, sources, lookup }, { once: true, since: "30d", signal, workers: 1, mapping });
  await lease.release();
}

async function stored(store: Store): Promise<readonly unknown[][]> {
  const { rows } = await store.interactive.query(
    sql`select request_id, model, model_source, endpoint_type_behind from invocations where dt > '2000' order by request_id`,
  );
  return rows.map((row) => [row["request_id"], row["model"], row["model_source"], row["endpoint_type_behind"]]);
}

it("calls through application profiles get their model, from the list or, once seen, from AWS, which is asked once", () =>
  inWorkspace(async (workspace) => {
    const asked: string[] = [];
    const lookup: ModelLookup = {
      all: async ({ region }) => new Map([[arn("listed"), [haiku(region), haiku("us-west-2")]]]),
      async one(wanted) {
        asked.push(wanted);
        if (wanted === arn("gone")) throw new Error("it was deleted");
        return [haiku("us-east-1")];
      },
    };
    workspace.now = Date.parse("2026-11-21T12:00:00Z");
    await workspace.withStore(async (store) => {
      workspace.write(
        `${hourPath}/one.json.gz`,
        lines(...["gone", "listed", "seen"].map((id) => record(`1-${id}`, { modelId: arn(id) }))),
      );
      await run(workspace, store, lookup);
      workspace.write(
        `${hourPath}/two.json.gz`,
        lines(...["gone", "seen"].map((id) => record(`2-${id}`, { modelId: arn(id) }))),
      );
      await run(workspace, store, lookup);
      const model = "anthropic.claude-haiku-4-5-20251001-v1:0";
      expect(await stored(store)).toEqual([
        ["1-gone", null, null, null],
        ["1-listed", model, "api", "geo"],
        // It was stored before AWS was asked, and amended then.
        ["1-seen", model, "api", "in-region"],
        ["2-gone", null, null, null],
        ["2-seen", model, "api", "in-region"],
      ]);
      expect(asked).toEqual([arn("gone"), arn("seen")]);

      workspace.now = (workspace.now ?? 0) + 2 * 3_600_000;
      await run(workspace, store, lookup);
      expect(asked).toEqual([arn("gone"), arn("seen"), arn("gone")]);
    });
  }));

it("the operator's mapping names models that AWS does not, on calls that were stored before, too", () =>
  inWorkspace(async (workspace) => {
    workspace.now = Date.parse("2026-11-21T12:00:00Z");
    const lookup: ModelLookup = {
      all: async () => new Map([[arn("listed"), [haiku("us-east-1")]]]),
      async one() {
        throw new Error("it was deleted");
      },
    };
    const model = (size: string) => `amazon.nova-${size}-v1:0`;
    await workspace.withStore(async (store) => {
      const calls = ["gone", "listed", "other"].map((id) => record(`1-${id}`, { modelId: arn(id) }));
      workspace.write(`${hourPath}/one.json.gz`, lines(...calls));
      await run(workspace, store, lookup);
      workspace.write(`${hourPath}/two.json.gz`, lines(record("2-gone", { modelId: arn("gone") })));
      const mapping = new Map(["gone", "listed"].map((id) => [arn(id), `us.${model("lite")}`]));
      await run(workspace, store, lookup, mapping);
      const haikuModel = "anthropic.claude-haiku-4-5-20251001-v1:0";
      expect(await stored(store)).toEqual([
        ["1-gone", model("lite"), "mapping", "geo"],
        ["1-listed", haikuModel, "api", "in-region"],
        ["1-other", null, null, null],
        ["2-gone", model("lite"), "mapping", "geo"],
      ]);
      const { snapshot } = await store.snapshot();
      await run(workspace, store, lookup, mapping);
      expect((await store.snapshot()).snapshot).toBe(snapshot);

      // An operator who thinks better of it.
      await run(workspace, store, lookup, new Map([[arn("gone"), model("pro")]]));
      expect((await stored(store)).filter(([, , source]) => source === "mapping")).toEqual([
        ["1-gone", model("pro"), "mapping", "in-region"],
        ["2-gone", model("pro"), "mapping", "in-region"],
      ]);
      const { rows } = await store.interactive.query(
        sql`select model, cast(sum(invocations) as bigint) as calls from rollups where dt > '2000' group by model order by 1`,
      );
      expect(rows.map((row) => [row["model"], row["calls"]])).toEqual([
        [model("pro"), 2],
        [haikuModel, 1],
        [null, 1],
      ]);
    });
  }));
