import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { admit } from "../../server/store/engine/session.ts";
import { readColumns } from "../../server/store/engine/read-values.ts";
import { tables, type TableName } from "../../server/store/tables.ts";
import type { Engine, Row } from "../../server/store/store.ts";
import type { Example, ExampleCall } from "../../server/detections/example.ts";

type Cells = Readonly<Record<string, string | number | null | readonly string[] | undefined>>;

const ordinary = {
  account_id: "111122223333",
  region: "us-east-1",
  principal_key: "111122223333/role/app",
  actor_class: "role",
  operation: "Converse",
  model: "anthropic.claude-haiku-4-5-20251001-v1:0",
  model_id: "anthropic.claude-haiku-4-5-20251001-v1:0",
  endpoint_type: "in-region",
  status: "success",
  residency: "in-region-endpoint",
  outcome: "answered",
  input_body_state: "inline",
  output_body_state: "inline",
  input_tokens: 400,
  output_tokens: 200,
  user_chars: 1_500,
  scan: ["rules:test"],
} as const;

function literal(value: string | number | null | readonly string[] | undefined): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  return `[${value.map(literal).join(", ")}]`;
}

function insert(table: TableName, rows: readonly Cells[]): string {
  const columns = [...Object.keys(tables[table].columns), "dt"];
  const values = rows.map((row) => `(${columns.map((column) => literal(row[column])).join(", ")})`);
  return `insert into ${table} (${columns.join(", ")}) values ${values.join(", ")}`;
}

/** What a commit of the chosen calls adds to the partial sums. */
async function addSums(connection: DuckDBConnection, chosen: string): Promise<void> {
  await connection.run(`insert into rollups (hour, account_id, region, model, principal_key, actor_class, price_key, invocations, input_tokens, output_tokens, dt)
    select date_trunc('hour', time), account_id, region, model, principal_key, actor_class, price_key, count(*), sum(input_tokens), sum(output_tokens), dt
    from invocations where ${chosen} group by 1, 2, 3, 4, 5, 6, 7, dt`);
  for (const [kind, key] of [
    ["principal", "principal_key"],
    ["model", "model"],
    ["region", "region"],
  ] as const) {
    await connection.run(`insert into sightings select '${kind}', account_id, ${key}, min(time), max(time), count(*), min(dt)
      from invocations where ${key} is not null and ${chosen} group by account_id, ${key}`);
  }
}

/** An engine over the calls of an example, in memory, that came in so many commits; its statements and values go through the store's own code. */
export async function engineOf({ calls, signals = [] }: Example, commits = 1): Promise<Engine> {
  const connection = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
  for (const [name, { columns }] of Object.entries(tables)) {
    const all = [...Object.entries(columns), ["dt", "VARCHAR"]].map(
      ([column, type]) => `${String(column)} ${String(type)}`,
    );
    await connection.run(`create table ${name} (${all.join(", ")})`);
  }
  const rows = calls.map((call: ExampleCall, index) => ({
    ...ordinary,
    ...call,
    time: call.at.replace("T", " ").replace("Z", ""),
    dt: call.at.slice(0, 10),
    request_id: String(call["request_id"] ?? `r-${String(index).padStart(5, "0")}`),
  }));
  for (let at = 0; at < rows.length; at += 500) await connection.run(insert("invocations", rows.slice(at, at + 500)));
  const seen = signals.map(({ call, ...signal }, index) => {
    const { account_id, region, request_id, principal_key, time, dt } = rows[call] ?? {};
    const place = { account_id, region, request_id, principal_key, time, dt };
    const fallback = {
      rule_version: 1,
      severity: "low",
      side: "input",
      kind: "user",
      position: "new",
      weight: 1,
      path: "/x",
      span_start: 0,
      span_end: 4,
      value_count: 1,
      excerpt: "…",
      segment_hash: `s-${String(index)}`,
    };
    return { ...fallback, ...signal, ...place };
  });
  if (seen.length > 0) await connection.run(insert("signals", seen));
  for (let part = 0; part < commits; part += 1)
    await addSums(connection, `hash(request_id) % ${String(commits)} = ${String(part)}`);
  return {
    async query({ text, params }) {
      const prepared = await admit(connection, text, params);
      const reader = await prepared.stream();
      const names = reader.columnNames();
      const found: Row[] = [];
      for (
        let chunk = await reader.fetchChunk();
        chunk !== null && chunk.rowCount > 0;
        chunk = await reader.fetchChunk()
      ) {
        const columns = readColumns(chunk);
        for (let i = 0; i < chunk.rowCount; i += 1) {
          found.push(Object.fromEntries(names.map((name, column) => [name, columns[column]?.[i]])));
        }
      }
      return { rows: found, snapshot: 1 };
    },
    close: () => {
      connection.closeSync();
      return Promise.resolve();
    },
  };
}
