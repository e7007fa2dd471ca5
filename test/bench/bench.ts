import { availableParallelism, cpus, loadavg } from "node:os";
import { Command } from "commander";
import { missedLimits } from "./check-limits.ts";
import { benchIngest } from "./ingest.ts";

/* `npm run bench -- <what>`: ratios within one run; prints the machine, because a time alone says nothing. */

interface Flags {
  readonly rows: string;
  readonly seed: string;
  readonly rounds: string;
  readonly json?: boolean;
}

interface QueryFlags extends Flags {
  readonly data?: string;
}

interface LoadFlags extends Flags {
  readonly seconds: string;
  readonly connections: string;
  readonly backfill: string;
  readonly only?: readonly string[];
  readonly data?: string;
}

export function machine(): string {
  const load = loadavg()[0]?.toFixed(1) ?? "?";
  return `${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()} cores, load ${load}, Node ${process.version}`;
}

const program = new Command("bench");
program
  .command("ingest")
  .description("whole pipeline over generated files, against DuckDB's own JSON reader over the same files")
  .option("--rows <n>", "records to generate", "1000000")
  .option("--seed <n>", "seed of the generator", "1")
  .option("--rounds <n>", "runs, of which the medians are printed", "1")
  .option("--json", "print one JSON line")
  .action(async ({ json, rounds, rows, seed }: Flags) => {
    const result = await benchIngest({ rows: Number(rows), seed: Number(seed), rounds: Number(rounds) });
    if (json === true) console.log(JSON.stringify({ machine: machine(), ...result }));
    else {
      console.log(machine());
      for (const [name, value] of Object.entries(result)) console.log(`${name}: ${value}`);
    }
  });
program
  .command("queries")
  .description("dashboard queries over a generated lake")
  .option("--rows <n>", "rows in 30 day files", "1000000")
  .option("--data <dir>", "store to ask and to keep; filled first if it holds nothing")
  .option("--json", "print one JSON line")
  .action(async ({ data, json, rows }: QueryFlags) => {
    const { benchQueries } = await import("./queries.ts");
    await benchQueries({ rows: Number(rows), json: json === true, data: data ?? null });
  });
program
  .command("check")
  .description("the compliance check of 10 accounts × 17 regions over a simulated AWS with 100 ms a call")
  .option("--rounds <n>", "runs, of which the medians are printed", "3")
  .option("--json", "print one JSON line")
  .action(async ({ json, rounds }: Flags) => {
    const { benchCheck } = await import("./check.ts");
    const result = await benchCheck(Number(rounds));
    const missed = missedLimits(result);
    if (missed.length > 0) process.exitCode = 1;
    if (json === true) console.log(JSON.stringify({ machine: machine(), ...result, missed }));
    else
      for (const [name, value] of [["machine", machine()], ...Object.entries(result)])
        console.log(`${name}: ${value}${missed.includes(String(name)) ? "  MISSED" : ""}`);
  });
program
  .command("listing")
  .description("a large bucket listed into the ledger, then polled once more")
  .option("--rows <n>", "objects in 30 days", "2000000")
  .option("--json", "print one JSON line")
  .action(async ({ json, rows }: Flags) => {
    const { benchListing } = await import("./listing.ts");
    const result = await benchListing({ rows: Number(rows) });
    if (json === true) console.log(JSON.stringify({ machine: machine(), ...result }));
    else {
      console.log(machine());
      for (const [name, value] of Object.entries(result)) console.log(`${name}: ${value}`);
    }
  });
program
  .command("load")
  .description("the server over a generated lake: dashboards, overload, back-fill, slow clients, soak, start")
  .option("--rows <n>", "rows in 30 day files", "5000000")
  .option("--seconds <n>", "how long each load goes on", "60")
  .option("--connections <n>", "idle and slow connections", "10000")
  .option("--backfill <n>", "records that are read beside the queries", "1000000")
  .option("--data <dir>", "store to ask and to keep; filled first if it holds nothing")
  .option("--only <ids...>", "rows to run, such as L1 L3; default: all")
  .option("--json", "print one JSON line a row")
  .action(async ({ backfill, connections, data, json, only = [], rows, seconds }: LoadFlags) => {
    const { benchLoad } = await import("./load.ts");
    const numbers = { rows, seconds, connections, backfill };
    const options = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)]));
    if (json !== true) console.log(machine());
    await benchLoad({ ...(options as Record<keyof typeof numbers, number>), only, data: data ?? null }, (row) => {
      if (json === true) return console.log(JSON.stringify({ machine: machine(), ...row }));
      console.log(`${row.id} ${row.asked}\n   wanted: ${row.wanted}`);
      for (const [name, value] of Object.entries(row.is)) console.log(`   ${name}: ${value}`);
    });
  });
program
  .command("memory")
  .description("resident memory of ingest with one and two workers, of the server and of its engine")
  .option("--rows <n>", "records to read, and rows to ask", "1000000")
  .option("--seed <n>", "seed of the generator", "1")
  .option("--json", "print one JSON line")
  .action(async ({ json, rows, seed }: Flags) => {
    const { benchMemory } = await import("./memory.ts");
    const result = await benchMemory({ rows: Number(rows), seed: Number(seed) });
    if (json === true) console.log(JSON.stringify({ machine: machine(), ...result }));
    else
      for (const [name, value] of [["machine", machine()], ...Object.entries(result)]) console.log(`${name}: ${value}`);
  });
await program.parseAsync();
