import { Ajv2020 } from "ajv/dist/2020.js";
import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { api } from "../../server/domain/api.ts";
import { Problem, type Endpoint } from "../../server/domain/endpoint.ts";
import { openApi } from "../../server/routes/openapi.ts";
import { firstBreak, newestTrail } from "../../server/trail/trail.ts";
import { ours, prompt, withServer } from "./server.ts";

const range = { from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z" };
const id = encodeURIComponent("111122223333/us-east-1/r-1");

describe("every endpoint of the table", () => {
  const inputs: Readonly<Record<keyof typeof api, unknown>> = {
    status: {},
    metrics: { measures: ["invocations", "costUsd"], dimensions: ["model"], range },
    invocations: { range },
    invocation: {},
    reveal: { reason: "looking into it" },
    exportStart: { range, format: "csv" },
    exportFile: null,
    exportManifest: null,
    findings: { range },
    finding: null,
    triage: null,
    controls: {},
    control: null,
    snapshot: null,
    pack: { run: "none" },
    coverage: {},
    complianceHistory: {},
    complianceCoverage: {},
    ledger: {},
    sourceDays: { source: "none" },
    sourceDay: { source: "none", day: "2026-11-20" },
    quarantine: {},
    trail: {},
    me: {},
  };

  it("answers in the form that it promises", () =>
    withServer(async ({ ask, post }) => {
      for (const [name, endpoint] of Object.entries<Endpoint>(api)) {
        const input = inputs[name as keyof typeof api];
        const path = endpoint.path.replace(":id", id);
        const query = new URLSearchParams((input ?? {}) as Record<string, string>).toString();
        const { status, text } = await (endpoint.method === "GET"
          ? ask(query === "" ? path : `${path}?${query}`)
          : post(path, input ?? { act: "start", version: 0 }));
        if (input === null || name === "pack" || name === "sourceDay") {
          expect([name, status, Problem.parse(JSON.parse(text)).type]).toEqual([name, 404, "not_found"]);
        } else {
          expect([name, status]).toEqual([name, 200]);
          expect(endpoint.output.safeParse(JSON.parse(text)).error).toBeUndefined();
        }
      }
    }));

  it("stands in an OpenAPI document whose schemas compile", () => {
    const document = openApi("0.0.0") as {
      paths: Record<string, Record<string, { responses: { 200: { content: object } } }>>;
    };
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(operations).toHaveLength(Object.keys(api).length);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const { responses } of operations) {
      const [{ schema }] = Object.values(responses[200].content) as [{ schema: object }];
      expect(() => ajv.compile(schema)).not.toThrow();
    }
  });

  it("counts what a list then shows", () =>
    withServer(async ({ post }) => {
      const metrics = api.metrics.output.parse(JSON.parse((await post(api.metrics.path, inputs.metrics)).text));
      const list = api.invocations.output.parse(JSON.parse((await post(api.invocations.path, { range })).text));
      expect(metrics.totals.values.invocations).toBe(3);
      expect(new Set(list.items.map((item) => item.requestId))).toEqual(new Set(["r-1", "r-2", "r/3;x"]));
      expect(list.total.value).toBe(3);
    }));
});

describe("content", () => {
  it("stands in no answer but that of a reveal", () =>
    withServer(async ({ ask, post }) => {
      for (const path of ["/invocations/" + id, "/status", "/ledger", "/quarantine", "/trail"]) {
        expect((await ask(`/api/v1${path}`)).text).not.toContain(prompt);
      }
      expect((await post("/api/v1/invocations/query", { range })).text).not.toContain(prompt);
      expect((await post(`/api/v1/invocations/${id}/reveal`, {})).text).toContain(prompt);
    }));

  it("is revealed only after its entry stands in the trail", () =>
    withServer(async ({ post, store }) => {
      const revealed = await post(`/api/v1/invocations/${id}/reveal`, { reason: "ticket 12" });
      const { trailSeq } = api.reveal.output.parse(JSON.parse(revealed.text));
      const [entry] = await newestTrail(store.catalog, 1);
      expect(entry).toMatchObject({ seq: trailSeq, action: "reveal", reason: "ticket 12", outcome: "allowed" });
      expect(entry?.objects).toEqual([{ type: "invocation", id: "111122223333/us-east-1/r-1" }]);

      // From here on the trail takes no entry: nothing may be shown any more.
      await sql`create trigger full before insert on trail begin select raise(abort, 'disk full'); end`.execute(
        store.catalog,
      );
      const refused = await post(`/api/v1/invocations/${id}/reveal`, { reason: "again" });
      expect(refused.status).toBe(500);
      expect(refused.text).not.toContain(prompt);
    }));

  it("leaves a trail in which a changed entry shows", () =>
    withServer(async ({ post, store: { catalog } }) => {
      for (const reason of ["one", "two", "three"]) await post(`/api/v1/invocations/${id}/reveal`, { reason });
      expect(await firstBreak(catalog)).toBeNull();
      const second = await catalog.selectFrom("trail").select("body").where("seq", "=", 2).executeTakeFirstOrThrow();
      await catalog
        .updateTable("trail")
        .set({ body: second.body.replace("two", "2") })
        .where("seq", "=", 2)
        .execute();
      expect(await firstBreak(catalog)).toBe(2);
      await catalog.updateTable("trail").set({ body: second.body }).where("seq", "=", 2).execute();
      await catalog.deleteFrom("trail").where("seq", "=", 1).execute();
      expect(await firstBreak(catalog)).toBe(1);
    }));
});

describe("a request that is not our page's", () => {
  it("is refused before anything is looked at", () =>
    withServer(async ({ ask, port }) => {
      const own = ours(port);
      const body = JSON.stringify({ range });
      const path = api.invocations.path;
      const cases: readonly [string, string, Parameters<typeof ask>[1], number][] = [
        ["another host's name", "/api/v1/status", { headers: { host: `evil.example:${port}` } }, 421],
        ["another port", "/api/v1/status", { headers: { host: "127.0.0.1:1" } }, 421],
        ["another site's page", "/api/v1/status", { headers: { "sec-fetch-site": "cross-site" } }, 403],
        ["a form", path, { method: "POST", headers: { ...own, "content-type": "text/plain" }, body }, 415],
        ["without our header", path, { method: "POST", headers: { ...own, "x-bedrock-audit": "0" }, body }, 403],
        ["another origin", path, { method: "POST", headers: { ...own, origin: "http://evil.example" }, body }, 403],
        ["no such method", "/api/v1/status", { method: "DELETE", headers: own }, 404],
        ["a path that climbs", "/api/v1/../../etc/passwd", {}, 404],
        ["an encoded climb", "/assets/%2e%2e/%2e%2e/etc/passwd", {}, 404],
        ["a double slash", "//api/v1/status", {}, 404],
        ["a parameter in the path", "/api/v1/status;x=1", {}, 404],
        ["a body that is no JSON", path, { method: "POST", headers: own, body: `{"${prompt}` }, 400],
        [
          "a body that is too large",
          path,
          { method: "POST", headers: own, body: JSON.stringify("x".repeat(70_000)) },
          413,
        ],
        ["an unknown field", path, { method: "POST", headers: own, body: JSON.stringify({ range, x: prompt }) }, 400],
        [
          "a zone that is none",
          path,
          {
            method: "POST",
            headers: own,
            body: JSON.stringify({ range: { from: "now/d", to: "now" }, timeZone: "Mars/X" }),
          },
          400,
        ],
      ];
      for (const [name, address, options, status] of cases) {
        const answer = await ask(address, options);
        expect([name, answer.status]).toEqual([name, status]);
        const problem = Problem.parse(JSON.parse(answer.text));
        expect([name, problem.status]).toEqual([name, status]);
        expect(answer.text).not.toContain(prompt);
      }
    }));

  it("gets the headers that keep a browser safe, also with an error", () =>
    withServer(async ({ ask }) => {
      for (const path of ["/healthz", "/api/v1/status", "/api/v1/nothing"]) {
        const { headers } = await ask(path);
        expect(headers["content-security-policy"]).toContain("default-src 'none'");
        expect(headers["content-security-policy"]).toContain("trusted-types 'none'");
        expect(headers["x-content-type-options"]).toBe("nosniff");
        expect(headers["referrer-policy"]).toBe("no-referrer");
        expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
        expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
        expect(headers["permissions-policy"]).toContain("camera=()");
        expect(headers["x-powered-by"]).toBeUndefined();
        expect(headers["access-control-allow-origin"]).toBeUndefined();
      }
      expect((await ask("/api/v1/status")).headers["cache-control"]).toBe("no-store");
    }));
});
