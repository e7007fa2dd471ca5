import { afterEach, describe, expect, it, vi } from "vitest";
import { api } from "../../server/domain/api.ts";
import { viewerHeader } from "../../server/domain/endpoint.ts";
import { ApiError, call, fillPath } from "../../web/api.ts";
import { retryDelayMs } from "../../web/queries.ts";
import { openSlots } from "../../web/slots.ts";

afterEach(() => vi.unstubAllGlobals());

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  const asked: Request[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push(new Request(new URL(path, "http://localhost"), init));
    return Response.json(body, { status, headers });
  });
  return asked;
}

describe("a call", () => {
  it("puts an id into the path, encoded once, and the rest into the query string", async () => {
    const asked = answer(404, null);
    await expect(call(api.invocation, { id: "1/eu/r?x", time: "2026-11-24T00:00:00Z" })).rejects.toThrow();
    expect(asked[0]?.url).toBe("http://localhost/api/v1/invocations/1%2Feu%2Fr%3Fx?time=2026-11-24T00%3A00%3A00Z");
  });

  it("posts JSON with the header that no foreign page can send", async () => {
    const asked = answer(404, null);
    await expect(call(api.triage, { id: "f1", act: "start", version: 0 })).rejects.toThrow();
    const [request] = asked;
    expect(request?.method).toBe("POST");
    expect(request?.url).toBe("http://localhost/api/v1/findings/f1/triage");
    expect(request?.headers.get("content-type")).toBe("application/json");
    expect(request?.headers.get("x-bedrock-audit")).toBe("1");
    expect(await request?.json()).toEqual({ act: "start", version: 0 });
  });

  it("gives the server's own words when it refuses, and when to try again", async () => {
    const problem = { type: "busy", title: "Busy", status: 503, detail: "", requestId: "r-1", errors: [] };
    answer(503, problem, { "retry-after": "4" });
    const failure = await call(api.me, {}).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ problem, retryAfter: 4 });
  });

  it("that was refused for a while comes back no sooner than it was told, and not with all others", () => {
    const problem = { type: "busy", title: "Busy", status: 503, detail: "", requestId: "r-1", errors: [] };
    expect([0, 0.5, 1].map((random) => retryDelayMs(new ApiError(problem, 2), random))).toEqual([2_000, 2_500, 3_000]);
    expect(retryDelayMs(new ApiError(problem, null), 0)).toBe(4_000);
  });

  it("names the page that asks, the same in each call", async () => {
    const asked = answer(404, null);
    await expect(call(api.me, {})).rejects.toThrow();
    const range = { from: "2026-11-23T00:00:00Z", to: "2026-11-24T00:00:00Z" };
    await expect(call(api.metrics, { range, measures: ["invocations"] })).rejects.toThrow();
    const names = asked.map(({ headers }) => headers.get(viewerHeader));
    expect(names[0]).toMatch(/^[\w-]{1,40}$/);
    expect(names[1]).toBe(names[0]);
  });

  it("does not show an answer of another form", async () => {
    answer(200, { actor: 7, permissions: [] });
    await expect(call(api.me, {})).rejects.toMatchObject({ problem: { type: "not_understood" } });
  });

  it("leaves out what was not said", () => {
    expect(fillPath("/a/:id", { id: "x", time: undefined })).toEqual({ path: "/a/x", rest: [] });
  });
});

describe("slots", () => {
  it("run at most so many at a time, the others in order", async () => {
    const slots = openSlots(2);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    const task = (number: number) => async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(number);
      running -= 1;
    };
    await Promise.all([1, 2, 3, 4, 5].map((number) => slots.run(undefined, task(number))));
    expect(most).toBe(2);
    expect(order).toEqual([1, 2, 3, 4, 5]);
  });

  it("let one who waits leave, and keep the place for the next", async () => {
    const slots = openSlots(1);
    const leaver = new AbortController();
    const first = slots.run(undefined, () => new Promise((resolve) => setTimeout(resolve, 10)));
    const second = slots.run(leaver.signal, async () => "second");
    const third = slots.run(undefined, async () => "third");
    leaver.abort();
    await expect(second).rejects.toThrow();
    await first;
    await expect(third).resolves.toBe("third");
  });

  it("are free again after a failure", async () => {
    const slots = openSlots(1);
    await expect(slots.run(undefined, async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(slots.run(undefined, async () => "yes")).resolves.toBe("yes");
  });
});
