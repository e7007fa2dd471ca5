import { expect, it } from "vitest";
import { targetCoverage } from "../../server/store/catalog/coverage.ts";
import { currentCoverage } from "../../server/store/catalog/current-coverage.ts";
import { openSqlite } from "../../server/store/catalog/dialect.ts";
import { saveTargets } from "../../server/store/catalog/targets.ts";
import { testNow, withStore } from "./temp-store.ts";

const target = { accountId: "111122223333", region: "us-east-1", logging: "on", error: null } as const;

it("coverage is reckoned once while nobody writes, and anew when this process or another has written", () =>
  withStore(async ({ catalog, paths }) => {
    const empty = await currentCoverage(catalog, testNow);
    expect(empty).toEqual([]);
    expect(await currentCoverage(catalog, testNow + 1)).toBe(empty);
    await saveTargets(catalog, [target], testNow);
    const one = await currentCoverage(catalog, testNow);
    expect(one).toEqual(await targetCoverage(catalog, testNow));
    expect(one).toHaveLength(1);
    expect(await currentCoverage(catalog, testNow)).toBe(one);
    const other = openSqlite(paths.catalog);
    other.exec("update targets set region = 'eu-central-1'");
    other.close();
    expect(await currentCoverage(catalog, testNow)).toMatchObject([{ region: "eu-central-1" }]);
  }));

it("coverage is reckoned anew as time goes by", () =>
  withStore(async ({ catalog }) => {
    await saveTargets(catalog, [target], testNow);
    const before = await currentCoverage(catalog, testNow);
    const later = await currentCoverage(catalog, testNow + 60_000);
    expect(later).not.toBe(before);
    expect(later).toEqual(before);
  }));
