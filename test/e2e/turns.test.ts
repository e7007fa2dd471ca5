import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { api } from "../../server/domain/api.ts";
import { viewerHeader } from "../../server/domain/endpoint.ts";
import type { Engine } from "../../server/store/store.ts";
import { type Answer, ours, type TestServer, withServer } from "./server.ts";

/** An engine that begins no query until it is opened, and counts what it is asked. */
function gate() {
  let open = () => undefined as void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const seen: string[] = [];
  const behind = (engine: Engine): Engine => ({
    close: () => engine.close(),
    async query(statement, options) {
      seen.push(statement.text);
      await opened;
      return engine.query(statement, options);
    },
  });
  return { behind, seen, open: () => open() };
}

/** Another question for each number. */
function question(number: number) {
  const from = new Date(Date.UTC(2026, 10, 1, number)).toISOString();
  return { range: { from, to: "2026-12-01T00:00:00Z" }, measures: ["invocations"] };
}

function ask({ ask: send, port }: TestServer, viewer: string, body: object, more: Record<string, string> = {}) {
  const headers = { ...ours(port), ...more, [viewerHeader]: viewer };
  return send(api.metrics.path, { method: "POST", headers, body: JSON.stringify(body) });
}

it("who asks while too many wait is told at once to come back, and health answers; who was let in is served", async () => {
  const { behind, open, seen } = gate();
  await withServer(
    async (server) => {
      // Three may be at work and sixteen wait: whichever come first.
      const refused: Answer[] = [];
      const asked = Array.from({ length: 39 }, async (_, n) => {
        const answer = await ask(server, `viewer-${n}`, question(n));
        if (answer.status !== 200) refused.push(answer);
        return answer.status;
      });
      await expect.poll(() => refused.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(20);
      expect(seen).toHaveLength(3);
      expect((await server.ask("/healthz")).status).toBe(200);
      for (const { headers, text } of refused) {
        expect(JSON.parse(text)).toMatchObject({ type: "busy", status: 503 });
        expect(Number(headers["retry-after"])).toBeGreaterThanOrEqual(1);
      }
      open();
      const served = (await Promise.all(asked)).filter((status) => status === 200);
      expect(served.length).toBe(39 - refused.length);
      expect(served.length).toBeGreaterThanOrEqual(3);
    },
    { engine: behind },
  );
});

it("a viewer with eight questions under way is refused the ninth; another viewer is served", async () => {
  const { behind, open } = gate();
  await withServer(
    async (server) => {
      const asked = Array.from({ length: 9 }, (_, n) => ask(server, "greedy", question(n)));
      const refused = await Promise.race(asked);
      expect(JSON.parse(refused.text)).toMatchObject({ type: "rate_limited", status: 429 });
      expect(Number(refused.headers["retry-after"])).toBeGreaterThanOrEqual(1);
      const other = ask(server, "other", question(10));
      open();
      expect((await other).status).toBe(200);
      const statuses = (await Promise.all(asked)).map(({ status }) => status);
      expect(statuses.toSorted((a, b) => a - b)).toEqual([...Array<number>(8).fill(200), 429]);
    },
    { engine: behind },
  );
});

it("equal questions at the same time are one, whoever asks, each in the encoding that it takes", async () => {
  const { behind, open, seen } = gate();
  await withServer(
    async (server) => {
      // More than would be let in one by one.
      const body = { ...question(1), bucket: "1d" };
      const encodings = [{}, { "accept-encoding": "gzip" }, { "accept-encoding": "br" }];
      const asked = Array.from({ length: 30 }, (_, n) => ask(server, `viewer-${n}`, body, encodings[n % 3]));
      await expect.poll(() => seen.length, { timeout: 30_000 }).toBe(1);
      open();
      const answers = await Promise.all(asked);
      expect(answers.map(({ status }) => status)).toEqual(Array<number>(30).fill(200));
      const [plain, zipped, brotli] = answers;
      expect(plain?.headers["content-type"]).toBe("application/json; charset=utf-8");
      expect(plain?.headers["content-encoding"]).toBeUndefined();
      expect(zipped?.headers["content-encoding"]).toBe("gzip");
      expect(brotli?.headers["content-encoding"]).toBe("br");
      expect(plain?.headers["vary"]).toBe("Accept-Encoding");
      expect(gunzipSync(zipped?.bytes ?? Buffer.alloc(0)).toString()).toBe(plain?.text);
    },
    { engine: behind },
  );
});
