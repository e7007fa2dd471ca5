import { createHash } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { api } from "../../server/domain/api.ts";
import type { InvocationPage, PricedInvocation } from "../../server/domain/invocation-answers.ts";
import { newestTrail } from "../../server/trail/trail.ts";
import { hourPath, lines, record } from "../ingest/kit.ts";
import { prompt, withServer, type TestServer } from "./server.ts";

const range = { from: "2026-11-18T00:00:00Z", to: "2026-11-22T00:00:00Z" };
const whole = { range, format: "ndjson" } as const;

async function begin({ post }: TestServer, body: unknown) {
  const { text } = await post(api.exportStart.path, body);
  return api.exportStart.output.parse(JSON.parse(text));
}

const pathOf = (id: string) => api.exportFile.path.replace(":id", id);

async function manifestOf({ ask }: TestServer, id: string) {
  return api.exportManifest.output.parse(JSON.parse((await ask(`${pathOf(id)}/manifest`)).text));
}

async function everyPage({ post }: TestServer): Promise<readonly PricedInvocation[]> {
  const items: PricedInvocation[] = [];
  for (let cursor: string | null = null; ;) {
    const { text } = await post(api.invocations.path, { range, limit: 200, cursor });
    const page: InvocationPage = api.invocations.output.parse(JSON.parse(text));
    items.push(...page.items);
    cursor = page.next;
    if (cursor === null) return items;
  }
}

/** Over three days, at times of which many are shared. */
function manyCalls(calls: number): string {
  const start = Date.parse("2026-11-19T00:00:00Z");
  const at = (call: number) => new Date(start + (call % 700) * 370_000).toISOString();
  return lines(...Array.from({ length: calls }, (_, call) => record(`c-${call}`, { timestamp: at(call) })));
}

describe("an export", () => {
  it("is all of the filter in the order of the list, however many pages it takes", () =>
    withServer(
      async (server) => {
        const { id, name } = await begin(server, whole);
        const { headers, text } = await server.ask(pathOf(id));
        expect(headers["content-type"]).toBe("application/x-ndjson");
        expect(headers["content-disposition"]).toBe(`attachment; filename=${name}`);
        const items = text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as unknown);
        expect(items).toHaveLength(4_500);
        expect(items).toEqual(await everyPage(server));
      },
      { files: { "calls.json": manyCalls(4_500) } },
    ));

  it("is told of by a manifest and by the trail, with its hash, and holds no content", () =>
    withServer(async (server) => {
      const filters = [{ field: "region", op: "in", values: ["us-east-1"] }];
      const { id } = await begin(server, { range, filters, format: "csv" });
      expect(await manifestOf(server, id)).toMatchObject({ state: "waiting", rows: 0, sha256: null });
      const { bytes, text } = await server.ask(pathOf(id));
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      expect(await manifestOf(server, id)).toMatchObject({
        state: "whole",
        rows: 3,
        bytes: bytes.length,
        sha256,
        filters,
        range: { from: "2026-11-18T00:00:00.000Z", to: "2026-11-22T00:00:00.000Z" },
        partial: [],
        demo: false,
      });
      const [ended, started] = await newestTrail(server.store.catalog, 2);
      expect(started).toMatchObject({ action: "export", outcome: "allowed", objects: [{ type: "export", id }, {}] });
      expect(started?.objects[1]?.id).toContain('"values":["us-east-1"]');
      expect(ended).toMatchObject({
        action: "export-end",
        outcome: "allowed",
        counts: { rows: 3, bytes: bytes.length },
      });
      expect(ended?.objects).toEqual([
        { type: "export", id },
        { type: "sha256", id: sha256 },
      ]);
      expect(text).not.toContain(prompt);
    }));

  it("as CSV has a line a call below the names of the columns, and runs in no spreadsheet", () => {
    const hostile = { ...record("=1+1"), requestMetadata: { "=a": "@b" } };
    return withServer(
      async (server) => {
        const { id } = await begin(server, { range, format: "csv" });
        const { text } = await server.ask(pathOf(id));
        const { columns } = await manifestOf(server, id);
        const [head, line, end] = text.split("\r\n");
        expect(head).toBe(`\uFEFF${columns.map((name) => `"${name}"`).join(",")}`);
        expect(line).toContain(`,"'=1+1",`);
        expect(line).toContain(`,"{""=a"":""@b""}",`);
        expect(end).toBe("");
      },
      { files: { "calls.json": lines(hostile) } },
    );
  });

  it("does not take what was never read for nothing", () =>
    withServer(
      async (server) => {
        const coverageOf = async (given: typeof range) => {
          const { id } = await begin(server, { range: given, format: "ndjson" });
          const { text } = await server.ask(pathOf(id));
          const { coverage, rows, state } = await manifestOf(server, id);
          expect([state, text.split("\n")]).toEqual(["whole", expect.objectContaining({ length: rows + 1 })]);
          return [coverage, rows];
        };
        expect(await coverageOf({ ...range, to: "2026-11-20T10:00:00Z" })).toEqual(["complete", 1]);
        expect(await coverageOf(range)).toEqual(["in-progress", 1]);
        expect(await coverageOf({ from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z" })).toEqual([
          "uncovered",
          0,
        ]);
      },
      { files: { [`${hourPath}/calls.json`]: lines(record("r-1")) }, now: Date.parse("2026-11-22T00:00:00Z") },
    ));

  it("shows what was stored when it was asked for", () =>
    withServer(async (server) => {
      const { id } = await begin(server, whole);
      await server.add("late.json", lines(record("late")));
      expect((await server.ask(pathOf(id))).text.trimEnd().split("\n")).toHaveLength(3);
      const again = await begin(server, whole);
      expect((await server.ask(pathOf(again.id))).text.trimEnd().split("\n")).toHaveLength(4);
    }));

  it("is fetched once, and two at a time are enough for one", () =>
    withServer(async (server) => {
      const { ask, post } = server;
      const first = await begin(server, whole);
      await begin(server, whole);
      const third = await post(api.exportStart.path, whole);
      expect([third.status, JSON.parse(third.text)]).toMatchObject([429, { type: "rate_limited" }]);
      expect((await ask(pathOf(first.id))).status).toBe(200);
      expect((await ask(pathOf(first.id))).status).toBe(404);
      expect((await post(api.exportStart.path, whole)).status).toBe(200);
    }));

  it("of which no trace can be kept is not sent", () =>
    withServer(async (server) => {
      const { id } = await begin(server, whole);
      const full = sql`create trigger full before insert on trail begin select raise(abort, 'disk full'); end`;
      await full.execute(server.store.catalog);
      const refused = await server.ask(pathOf(id));
      expect(refused.status).toBe(500);
      expect(refused.text).not.toContain("r-1");
      expect(await manifestOf(server, id)).toMatchObject({ state: "broken", sha256: null });
    }));

  it("that breaks off never looks whole", () => {
    let pages = 0;
    return withServer(
      async (server) => {
        const { id } = await begin(server, whole);
        await expect(server.ask(pathOf(id))).rejects.toThrow();
        await expect.poll(() => manifestOf(server, id)).toMatchObject({ state: "broken", rows: 1_000, sha256: null });
        const ended = async () => (await newestTrail(server.store.catalog, 1))[0];
        await expect.poll(ended).toMatchObject({ action: "export-end", outcome: "failed", counts: { rows: 1_000 } });
      },
      {
        files: { "calls.json": manyCalls(2_500) },
        batch: (engine) => ({
          close: () => engine.close(),
          async query(statement, options) {
            if (statement.text.includes("metrics/invocations") && ++pages > 2) throw new Error("the file is gone");
            return engine.query(statement, options);
          },
        }),
      },
    );
  });
});
