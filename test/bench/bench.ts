import { availableParallelism, cpus, loadavg } from "node:os";
import { Command } from "commander";
import { benchIngest } from "./ingest.ts";

/* `npm run bench -- <what>`: ratios within one run; prints the machine, because a time alone says nothing. */

interface Flags {
  readonly rows: string;
  readonly seed: string;
  readonly rounds: string;
  readonly json?: boolean;
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
  .option("--json", "print one JSON line")
  .action(async ({ json, rows }: Flags) => {
    const { benchQueries } = await import("./queries.ts");
    await benchQueries({ rows: Number(rows), json: json === true });
  });
program
  .command("check")
  .description("the compliance check of 10 accounts × 17 regions over a simulated AWS with 100 ms a call")
  .option("--rounds <n>", "runs, of which the medians are printed", "3")
  .option("--json", "print one JSON line")
  .action(async ({ json, rounds }: Flags) => {
    const { benchCheck } = await import("./check.ts");
    const result = await benchCheck(Number(rounds));
    if (json === true) console.log(JSON.stringify({ machine: machine(), ...result }));
    else
      for (const [name, value] of [["machine", machine()], ...Object.entries(result)]) console.log(`${name}: ${value}`);
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
await program.parseAsync();
