import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../../server/lib/log.ts";
import { EngineError } from "../../server/store/engine/engine-error.ts";
import { type EngineDeps, type EnginePool, openEngine } from "../../server/store/engine/engine.ts";
import { takeLease } from "../../server/store/lease.ts";
import { raw, sql, type Sql } from "../../server/store/sql.ts";
import type { Engine, Store } from "../../server/store/store.ts";
import { tableNames } from "../../server/store/tables.ts";
import { childPids } from "./child-pids.ts";
import { commitRows, invocation, openTestStore, tempFolder, testNow, withStore } from "./temp-store.ts";

/** Runs for minutes unless it is ended; the number makes it another query. */
function endless(number = 0): Sql {
  return sql`select count(*) as n from range(1000000) a, range(1000000) b where (a.range + ${number}) % 7 = b.range % 3`;
}

async function codeOf(query: Promise<unknown>): Promise<string> {
  const error: unknown = await query.then(
    () => "no error",
    (reason: unknown) => reason,
  );
  return error instanceof EngineError ? error.code : String(error);
}

const dataDir = tempFolder();
let store: Store;
let engine: Engine;

function pool(more: Partial<EnginePool> = {}, segments: EngineDeps["segments"] = async () => ({})): Engine {
  const base = {
    name: "test",
    slots: 2,
    waiting: 2,
    waitMs: 200,
    deadlineMs: 5_000,
    threads: 1,
    memoryMb: 200,
    maxBytes: 2 ** 23,
    niceness: 3,
    idleMs: null,
    keptBytes: 32 * 1024 * 1024,
  };
  const places = { lake: store.paths.lake, temp: `${store.paths.tmp}/test` };
  return openEngine(
    { ...base, ...places, ...more },
    { clock: () => Date.now(), log: silentLog, snapshot: async () => 0, segments },
  );
}

beforeAll(async () => {
  store = await openTestStore(dataDir);
  engine = store.interactive;
});

afterAll(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe("an empty store", () => {
  it.each(tableNames)("has an empty table %s with its columns", async (name) => {
    const { rows, snapshot } = await engine.query(sql`select * from ${raw(name)} where dt = ${"2026-11-20"}`);
    expect(rows).toEqual([]);
    expect(snapshot).toBe(0);
  });
});

describe("a query", () => {
  it("gives values as JavaScript has them", async () => {
    const { rows } =
      await engine.query(sql`select 1 as int, cast(9007199254740993 as bigint) as big, 1.5 as decimal, null as nothing, true as yes,
      timestamp '2026-11-20 01:02:03.004' as time, date '2026-11-20' as day, ['a', null] as list, map {'k': 'v'} as map, {'f': 'g'} as struct`);
    expect(rows).toEqual([
      {
        int: 1,
        big: 9007199254740993n,
        decimal: 1.5,
        nothing: null,
        yes: true,
        time: "2026-11-20T01:02:03.004Z",
        day: "2026-11-20",
        list: ["a", null],
        map: [["k", "v"]],
        struct: { f: "g" },
      },
    ]);
  });

  it("takes values apart from its text", async () => {
    const hostile = "x'; drop table invocations; --";
    const { rows } = await engine.query(
      sql`select ${hostile} as text, ${7} as int, ${0.5} as half, ${true} as yes, ${null} as nothing, list_contains(${["a", hostile]}, ${hostile}) as found`,
    );
    expect(rows).toEqual([{ text: hostile, int: 7, half: 0.5, yes: true, nothing: null, found: true }]);
  });

  it("gives large results in order", async () => {
    const { rows } = await engine.query(sql`select range as n from range(9000) order by n`);
    expect(rows.map((row) => row["n"])).toEqual(Array.from({ length: 9_000 }, (_, n) => n));
  });

  it("beyond its row bound is an error, not a part of the answer", async () => {
    expect(await codeOf(engine.query(sql`select * from range(10001)`))).toBe("RESULT_TOO_LARGE");
    expect((await engine.query(sql`select * from range(10001)`, { maxRows: 20_000 })).rows.length).toBe(10_001);
    expect(await codeOf(engine.query(sql`select repeat('x', 1000000) as t from range(20)`))).toBe("RESULT_TOO_LARGE");
  });

  it("that is no SELECT, or no SQL, is refused, and the reason is at hand", async () => {
    expect(await codeOf(engine.query(sql`create table t (a integer)`))).toBe("ENGINE_REFUSED");
    const error: unknown = await engine.query(sql`select nonsense from invocations`).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ENGINE_REFUSED", message: "the statement was refused" });
    expect((error as Error).cause).toMatchObject({ message: expect.stringContaining("nonsense") as string });
  });

  it("that fails on data does not quote it", async () => {
    const error: unknown = await engine
      .query(sql`select cast(t as bigint) as n from (select repeat('secret ', 2) as t from range(3))`)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ENGINE_FAILED" });
    expect(`${String(error)} ${JSON.stringify(error)} ${String((error as Error).cause)}`).not.toContain("secret");
  });

  it("asks for too much memory and the engine lives on", async () => {
    const code = await codeOf(engine.query(sql`select length(repeat('a', 3000000000)) as n`));
    expect(["ENGINE_MEMORY", "ENGINE_FAILED"]).toContain(code);
    expect((await engine.query(sql`select 1 as one`)).rows).toEqual([{ one: 1 }]);
  });
});

describe("ending a query", () => {
  it("at its deadline frees the slot", async () => {
    const small = pool({ slots: 1, waitMs: 10_000 });
    expect(await codeOf(small.query(endless(), { deadlineMs: 200 }))).toBe("ENGINE_TIMEOUT");
    expect((await small.query(sql`select 1 as one`)).rows).toEqual([{ one: 1 }]);
    await small.close();
  });

  it("by its caller frees the slot", async () => {
    const small = pool({ slots: 1, waitMs: 10_000 });
    const abort = new AbortController();
    const query = codeOf(small.query(endless(), { signal: abort.signal }));
    setTimeout(() => abort.abort(), 300);
    expect(await query).toBe("ENGINE_CANCELLED");
    expect((await small.query(sql`select 1 as one`)).rows).toEqual([{ one: 1 }]);
    await small.close();
  });

  it("before it began costs nothing", async () => {
    expect(await codeOf(engine.query(sql`select 1`, { signal: AbortSignal.abort() }))).toBe("ENGINE_CANCELLED");
  });
});

describe("many queries", () => {
  it("wait for a slot, and beyond the queue the engine is busy", async () => {
    const small = pool({ slots: 1, waiting: 1, waitMs: 10_000, deadlineMs: 600 });
    const codes = await Promise.all([0, 1, 2].map((number) => codeOf(small.query(endless(number)))));
    expect(codes).toEqual(["ENGINE_TIMEOUT", "ENGINE_TIMEOUT", "ENGINE_BUSY"]);
    await small.close();
  });

  it("wait no longer than allowed", async () => {
    const small = pool({ slots: 1, waiting: 5, waitMs: 150, deadlineMs: 1_500 });
    const first = codeOf(small.query(endless(0)));
    expect(await codeOf(small.query(endless(1)))).toBe("ENGINE_BUSY");
    expect(await first).toBe("ENGINE_TIMEOUT");
    await small.close();
  });

  it("that are equal share one execution, which ends with its last caller", async () => {
    const small = pool({ slots: 1, waiting: 0 });
    const aborts = [new AbortController(), new AbortController()] as const;
    const queries = aborts.map(({ signal }) => codeOf(small.query(endless(), { signal })));
    await new Promise((resolve) => setTimeout(resolve, 300));
    aborts[0].abort();
    expect(await queries[0]).toBe("ENGINE_CANCELLED");
    expect(await codeOf(small.query(sql`select 1`))).toBe("ENGINE_BUSY");
    aborts[1].abort();
    expect(await queries[1]).toBe("ENGINE_CANCELLED");
    await expect.poll(() => codeOf(small.query(sql`select 2`)), { timeout: 10_000 }).toBe("no error");
    await small.close();
  });
});

describe.runIf(process.platform === "linux")("an engine that has nothing to do", () => {
  it("ends when it may, and the next query starts another one", async () => {
    const before = new Set(childPids());
    const mine = () => childPids().filter((pid) => !before.has(pid));
    const leaving = pool({ idleMs: 50 });
    for (const one of [1, 2]) {
      expect((await leaving.query(sql`select ${one} as one`)).rows).toEqual([{ one }]);
      await expect.poll(mine, { timeout: 10_000 }).toEqual([]);
    }
    await leaving.close();
  });

  it("does not end under a query that takes longer", async () => {
    const leaving = pool({ idleMs: 1 });
    await leaving.query(sql`select 1 as one`);
    const slow = sql`select count(*) as n from range(20000) a, range(20000) b where a.range % 7 = b.range % 3`;
    expect((await leaving.query(slow, { deadlineMs: 60_000 })).rows).toEqual([{ n: 57_146_667 }]);
    await leaving.close();
  });
});

describe("a catalog that does not answer once", () => {
  it("fails one query, and not the next of the same snapshot", async () => {
    let asked = 0;
    const segments = async () => {
      asked += 1;
      if (asked === 1) throw new Error("busy");
      return {};
    };
    const engineOfOne = pool({}, segments);
    await expect(engineOfOne.query(sql`select 1 as one`)).rejects.toThrow("busy");
    expect((await engineOfOne.query(sql`select 1 as one`)).rows).toEqual([{ one: 1 }]);
    await engineOfOne.query(sql`select 2`);
    expect(asked).toBe(2);
    await engineOfOne.close();
  });
});

describe("a store that changes", () => {
  it("is read as of its newest commit, and an answer says which", async () => {
    await withStore(async (changing) => {
      const lease = await takeLease(changing, "test");
      const count = sql`select count(*) as n from invocations where dt = ${"2026-11-20"}`;
      for (const snapshot of [1, 2, 3]) {
        await commitRows(changing, lease, `batch-${snapshot}`, "invocations", "2026-11-20", [
          invocation(`r-${snapshot}`, testNow),
        ]);
        expect(await changing.interactive.query(count)).toEqual({ rows: [{ n: snapshot }], snapshot });
        expect(await changing.interactive.query(count)).toEqual({ rows: [{ n: snapshot }], snapshot });
      }
    });
  });

  it("answers what no commit has touched from memory, and asks again what one has", async () => {
    await withStore(async (changing) => {
      const lease = await takeLease(changing, "test");
      const day = (dt: string) => ({ fromDay: dt, toDay: dt });
      const write = (batch: string, dt: string) =>
        commitRows(changing, lease, batch, "invocations", dt, [invocation(batch, Date.parse(dt))]);
      const count = async (dt: string) => {
        const statement = sql`select count(*) as n from invocations where dt = ${dt}`;
        const { rows, snapshot } = await changing.interactive.query(statement, { days: day(dt) });
        return { rows, snapshot };
      };
      const [past, today] = ["2026-11-19", "2026-11-20"] as const;
      await write("a", past);
      await write("b", today);
      expect([await count(past), await count(today)].map(({ rows }) => rows)).toEqual([[{ n: 1 }], [{ n: 1 }]]);
      const kept = (await count(past)).rows;
      await write("c", today);
      const again = await count(past);
      expect(again).toEqual({ rows: [{ n: 1 }], snapshot: 3 });
      expect(again.rows).toBe(kept);
      expect((await count(today)).rows).toEqual([{ n: 2 }]);
      // A reader of an older commit has its own answer, which is not that of the newest.
      const older = sql`select count(*) as n from invocations where dt = ${today}`;
      const at = { days: day(today), snapshot: 2 };
      expect((await changing.interactive.query(older, at)).rows).toEqual([{ n: 1 }]);
      expect((await count(today)).rows).toEqual([{ n: 2 }]);
    });
  });

  it("opens no segment of other days than the statement's", async () => {
    await withStore(async (changing) => {
      const lease = await takeLease(changing, "test");
      for (const dt of ["2026-11-18", "2026-11-19", "2026-11-20"])
        await commitRows(changing, lease, dt, "invocations", dt, [invocation(dt, Date.parse(dt))]);
      const all = sql`select dt from invocations order by dt`;
      const days = { fromDay: "2026-11-19", toDay: "2026-11-20" };
      rmSync(`${changing.paths.lake}/invocations/dt=2026-11-18`, { recursive: true });
      expect((await changing.interactive.query(all, { days })).rows).toEqual([
        { dt: "2026-11-19" },
        { dt: "2026-11-20" },
      ]);
      expect(await codeOf(changing.interactive.query(all))).toBe("SEGMENT_MISSING");
    });
  });

  it("says so when a segment's file is gone", async () => {
    await withStore(async (broken) => {
      const lease = await takeLease(broken, "test");
      await commitRows(broken, lease, "one", "invocations", "2026-11-20", [invocation("r", testNow)]);
      rmSync(`${broken.paths.lake}/invocations`, { recursive: true });
      expect(await codeOf(broken.interactive.query(sql`select * from invocations where dt = ${"2026-11-20"}`))).toBe(
        "SEGMENT_MISSING",
      );
    });
  });
});
