import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { latestCheck, saveCheck } from "../../server/controls/check-runs.ts";
import { openCatalog } from "../../server/store/catalog/open-catalog.ts";
import { checked, expiring, worldOf } from "./kit.ts";

it("the newest run that came to its end is the one that is shown", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "check-runs-"));
  const catalog = openCatalog(path.join(folder, "catalog.db"), {
    clock: () => 0,
    random: (bytes) => new Uint8Array(bytes),
  });
  onTestFinished(async () => {
    await catalog.destroy();
    rmSync(folder, { recursive: true });
  });
  expect(await latestCheck(catalog)).toBeNull();
  const first = await checked(worldOf({}));
  const second = await checked(worldOf({ bucket: { lifecycle: [expiring(1)] } }));
  const named = (id: string, minute: number, report: typeof first) => ({
    ...report,
    run: { ...report.run, id, clock: `2026-09-15T12:${minute}:00.000Z` },
  });
  await saveCheck(catalog, named("b", 20, second));
  await saveCheck(catalog, named("a", 10, first));
  expect(await latestCheck(catalog)).toEqual(named("b", 20, second));
  const cut = named("c", 30, first);
  await saveCheck(catalog, { ...cut, run: { ...cut.run, complete: false } });
  expect(await latestCheck(catalog)).toEqual(named("b", 20, second));
});
