import { sql } from "../../server/store/sql.ts";
import { openTestStore } from "./temp-store.ts";
import { childPids } from "./child-pids.ts";

/* Keeps a long query running in its engine, says the engine's pid and waits to be killed. */

const store = await openTestStore(process.argv[2] ?? "");
await store.interactive.query(sql`select 1 as one`);
process.stdout.write(String(childPids().join(",")));
await store.interactive.query(
  sql`select count(*) as n from range(1000000) a, range(1000000) b where a.range % 7 = b.range % 3`,
);
