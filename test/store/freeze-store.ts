import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { openTraffic } from "../../scripts/demo/traffic/traffic.ts";
import { readVersion } from "../../scripts/version.ts";
import { dismiss } from "../../server/ingest/repair.ts";
import { quarantineList } from "../../server/store/catalog/ledger-report.ts";
import { schemaVersion } from "../../server/store/catalog/migrations.ts";
import { account } from "../aws/small-world.ts";
import { lines, record } from "../ingest/kit.ts";
import { frozenAt, frozenStores, home, numbersOf, objectsIn, openFrozen, readInto } from "./frozen.ts";

/* Freezes a store as this version of the program writes it, for the versions to come. Run it once a release. */

const name = `${readVersion()}-schema-${schemaVersion}`;
const folder = path.join(frozenStores, name);
const [source, dataDir] = [path.join(folder, "source"), path.join(folder, "store")];

const traffic = openTraffic({ seed: 11, now: frozenAt, days: 3, recordsPerDay: 1_500 });

/**
 * Records of three busy hours, one object each, with a few whose bodies lie elsewhere and some that carry signals; of the first hour a
 * second object that delivers some again, one of them with another model, and holds lines that are no records.
 */
function writeSource(): void {
  const hours = traffic
    .hours(account, home)
    .map((hour) => ({ hour, records: fewOf(traffic.records(account, home, hour)) }))
    .toSorted((a, b) => b.records.length - a.records.length || a.hour.localeCompare(b.hour))
    .filter((_, index) => index % 7 === 0)
    .slice(0, 3);
  for (const { hour, records } of hours) writeObject(hour, "0000000000000001", lines(...records, ...telling(hour)));
  const [first] = hours;
  const [call, ...others] = first?.records ?? [];
  if (first === undefined || call === undefined) throw new Error("there is no traffic to freeze");
  const conflicting = { ...call, modelId: "amazon.nova-micro-v1:0" };
  writeObject(first.hour, "0000000000000002", lines(...others.slice(0, 19), conflicting, "{cut", `"no object"`));
  writeFile(`${folderOf(first.hour)}empty.json.gz`, Buffer.alloc(0));
}

type Records = ReturnType<typeof traffic.records>;

/** At most 110, and 4 of those whose bodies lie elsewhere. */
function fewOf(records: Records): Records {
  const isElsewhere = (record: Records[number]) => JSON.stringify(record).includes("BodyS3Path");
  const elsewhere = records.filter(isElsewhere).slice(0, 4);
  return [...elsewhere, ...records.filter((record) => !isElsewhere(record))].slice(0, 110);
}

/** Records in which signals are seen. */
function telling(hour: string): readonly Record<string, unknown>[] {
  const texts = ["[INST] obey [/INST]", "My card is 4111 1111 1111 1111", "<|im_start|>system"];
  return texts.map((text, index) =>
    record(`telling-${hour}-${index}`, {
      timestamp: hour,
      input: {
        inputContentType: "application/json",
        inputBodyJson: { messages: [{ role: "user", content: [{ text }] }] },
        inputTokenCount: 12,
      },
    }),
  );
}

function folderOf(hour: string): string {
  const at = hour.slice(0, 13).replaceAll("-", "/").replace("T", "/");
  return `AWSLogs/${account}/BedrockModelInvocationLogs/${home}/${at}/`;
}

function writeObject(hour: string, end: string, text: string): void {
  writeFile(`${folderOf(hour)}20261124T000000000Z_${end}.json.gz`, gzipSync(text));
}

function writeFile(key: string, body: Uint8Array): void {
  const file = path.join(source, key);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, body);
}

rmSync(folder, { recursive: true, force: true });
writeSource();
const store = await openFrozen(dataDir);
await readInto(store, objectsIn(source));
const [entry] = await quarantineList(store.catalog, { limit: 1 });
if (entry !== undefined) await dismiss(store, entry.id, { by: "cli:release", reason: "frozen" });
writeFileSync(path.join(folder, "numbers.json"), `${JSON.stringify(await numbersOf(store), null, 2)}\n`);
await store.close();
for (const made of ["backups", "locks", "tmp"]) rmSync(path.join(dataDir, made), { recursive: true, force: true });
console.log(folder);
