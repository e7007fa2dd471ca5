import { expect, it } from "vitest";
import { ingest } from "../../server/ingest.ts";
import { LeaseLost } from "../../server/store/commit.ts";
import { takeLease } from "../../server/store/lease.ts";
import { hourPath, inWorkspace, lines, record } from "./kit.ts";

it.each([true, false])(
  "a run whose lease another process has taken ends, and says so, rather than try for ever (once: %s)",
  { timeout: 60_000 },
  (once) =>
    inWorkspace(async (workspace) => {
      workspace.write(`${hourPath}/one.json.gz`, lines(record("a-1")));
      await workspace.withStore(async (store) => {
        const lease = await takeLease(store, "serve");
        await store.catalog
          .updateTable("leases")
          .set({ epoch: lease.epoch + 1 })
          .execute();
        const sources = await workspace.sources();
        const signal = new AbortController().signal;
        const run = ingest({ store, lease, sources, uptime: () => 1e9 }, { once, since: "30d", signal, workers: 1 });
        await expect(run).rejects.toBeInstanceOf(LeaseLost);
        await expect(run).rejects.toMatchObject({
          message: "the writer's lease was taken by another process",
          remedy: expect.stringContaining("run a command again") as unknown,
          exitCode: 5,
        });
        await lease.release();
        // Nothing of it is lost: who has the lease reads it.
        expect((await workspace.ingest(store)).counts).toMatchObject({ read: 1, stored: 1 });
      });
    }),
);
