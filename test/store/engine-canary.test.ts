import { mkdirSync, symlinkSync, writeFileSync, rmSync } from "node:fs";
import path from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { classify } from "../../server/store/engine/classify.ts";
import { admit, openLockedInstance } from "../../server/store/engine/session.ts";
import { tempFolder } from "./temp-store.ts";

/* What the locked engine and the gate before it do with statements that we never send. A changed outcome after an upgrade of DuckDB is a
   decision to take, not a test to adapt. */

const root = tempFolder();
const lake = path.join(root, "lake");
const sibling = path.join(root, "lake2");
let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  for (const folder of [lake, sibling, path.join(root, "tmp")]) mkdirSync(folder);
  writeFileSync(path.join(sibling, "secret.csv"), "a,b\n1,2\n");
  symlinkSync(sibling, path.join(lake, "out"));
  symlinkSync("/etc/hostname", path.join(lake, "link.csv"));
  instance = await openLockedInstance({ lake, temp: path.join(root, "tmp"), slots: 1, threads: 1, memoryMb: 200 });
  connection = await instance.connect();
});

afterAll(() => {
  connection.closeSync();
  instance.closeSync();
  rmSync(root, { recursive: true, force: true });
});

async function inEngine(statement: string): Promise<"run" | "refused"> {
  try {
    await connection.run(statement);
    return "run";
  } catch {
    return "refused";
  }
}

async function atGate(statement: string): Promise<"pass" | "refused"> {
  try {
    (await admit(connection, statement, [])).destroySync();
    return "pass";
  } catch (error) {
    expect(classify(error).code).toBe("ENGINE_REFUSED");
    return "refused";
  }
}

describe("reading beyond the lake is refused by the engine", () => {
  it.each([
    `from read_csv('/etc/passwd')`,
    `from read_text('/etc/passwd')`,
    `from read_blob('/proc/self/environ')`,
    `from read_parquet('/etc/passwd')`,
    `from parquet_metadata('/etc/passwd')`,
    `from sniff_csv('/etc/passwd')`,
    `from glob('/etc/*')`,
    `from glob('${lake}/../*')`,
    `from read_text('${lake}/../lake2/secret.csv')`,
    `from read_text('${sibling}/secret.csv')`,
    `from '${sibling}/secret.csv'`,
    `from read_csv('https://example.com/x.csv')`,
    `from read_parquet('s3://example/x.parquet')`,
  ])("%s", async (statement) => {
    expect(await inEngine(statement)).toBe("refused");
  });
});

describe("writing beyond the lake, and every change of a setting, is refused by both", () => {
  it.each([
    `copy (select 1) to '${root}/x.csv'`,
    `copy (select 1) to '${sibling}/x.csv'`,
    `export database '${root}/x'`,
    `attach '${root}/x.db'`,
    `create secret s (type http, bearer_token 'x')`,
    `install httpfs`,
    `load httpfs`,
    `set enable_external_access = true`,
    `set global allowed_directories = ['/']`,
    `set threads = 9`,
    `reset memory_limit`,
    `pragma enable_external_access = true`,
    `set lock_configuration = false`,
  ])("%s", async (statement) => {
    expect(await inEngine(statement)).toBe("refused");
    expect(await atGate(statement)).toBe("refused");
  });
});

describe("what the engine would run is refused by the gate", () => {
  it.each([
    `copy (select 1 as a) to '${lake}/x.csv'`,
    `export database '${lake}/exported'`,
    `attach '${lake}/x.db' as inside`,
    `attach ':memory:' as scratch`,
    `create table t (a integer)`,
    `insert into t values (1)`,
    `merge into t using (select 1 as b) s on t.a = s.b when matched then delete`,
    `update t set a = 2`,
    `delete from t`,
    `prepare p as select 1`,
    `execute p`,
    `explain select 1`,
    `explain analyze select 1`,
    `call duckdb_settings()`,
    `checkpoint`,
    `drop table t`,
    `select 1; select 2`,
    `begin transaction`,
    `rollback`,
    `detach scratch`,
  ])("%s", async (statement) => {
    expect(await atGate(statement)).toBe("refused");
    expect(await inEngine(statement)).toBe("run");
  });
});

describe("harmless statements pass", () => {
  it.each([
    `values (1)`,
    `select 1`,
    `with a as (select 1) select * from a`,
    `describe select 1`,
    `show tables`,
    `pragma database_list`,
    `from duckdb_settings()`,
    `select current_setting('threads')`,
    `from query('select 1')`,
  ])("%s", async (statement) => {
    expect(await inEngine(statement)).toBe("run");
    expect(await atGate(statement)).toBe("pass");
  });
});

it("an empty statement is refused by the gate", async () => {
  expect(await atGate("")).toBe("refused");
  expect(await atGate("-- nothing")).toBe("refused");
});

describe("a symbolic link that leads out of the lake", () => {
  it.each([`from read_text('${lake}/out/secret.csv')`, `from read_text('${lake}/link.csv')`])(
    "%s",
    async (statement) => {
      expect(await inEngine(statement)).toBe("refused");
    },
  );
});

/** Each would go on for longer than a test may take. */
describe("an interrupt ends what runs", () => {
  it.each([
    `select count(*) from range(300000) a, range(100000) b where a.range % 7 = b.range % 3`,
    `with recursive r(n) as (select 1 union all select n + 1 from r where n < 1e12) select max(n) from r`,
    `select count(*) from range(100000000) t where regexp_matches(repeat('ab', 50) || t.range::varchar, '(a|b)*c')`,
  ])("%s", async (statement) => {
    const done = connection.run(statement);
    const ended = expect(done).rejects.toThrow(/interrupt/i);
    // It must have begun: what comes before is lost.
    await new Promise((resolve) => setTimeout(resolve, 150));
    connection.interrupt();
    await ended;
  });
});
