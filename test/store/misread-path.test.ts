import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { backup } from "../../server/store/backup.ts";
import { takeLease } from "../../server/store/lease.ts";
import { sql } from "../../server/store/sql.ts";
import { commitRows, invocation, openTestStore, tempFolder, testNow, withStore } from "./temp-store.ts";

async function inFolder(use: (root: string) => Promise<void>): Promise<void> {
  const root = tempFolder();
  try {
    await use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

describe("a data directory below a folder that looks like a column", () => {
  it.each(["region=eu-west-1", "Region=eu-west-1", "dt=2026-11-20", "principal_key=a=b"])("%s is refused", (name) =>
    inFolder(async (root) => {
      await expect(openTestStore(path.join(root, name, "data"))).rejects.toMatchObject({
        message: expect.stringContaining(`lies in the folder ${name}`) as unknown,
        exitCode: 3,
      });
      expect(existsSync(path.join(root, name))).toBe(false);
    }),
  );

  it("takes no backup either", () =>
    withStore(async (store) => {
      await expect(backup(store, path.join(store.dataDir, "dt=2026-11-20"))).rejects.toThrow("lies in the folder");
    }));

  it.each(["env=prod", "a=[b]*?'{c}"])("%s is none: every call is read as it was stored", (name) =>
    inFolder(async (root) => {
      const store = await openTestStore(path.join(root, name));
      try {
        const lease = await takeLease(store, "test");
        await commitRows(store, lease, "one", "invocations", "2026-11-20", [invocation("r", testNow)]);
        const query = sql`select region, dt from invocations where dt = ${"2026-11-20"}`;
        expect((await store.interactive.query(query)).rows).toEqual([{ region: "us-east-1", dt: "2026-11-20" }]);
      } finally {
        await store.close();
      }
    }),
  );
});
