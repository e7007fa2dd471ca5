import { expect, it } from "vitest";
import { inWorkspace, lines, record } from "./kit.ts";

it("a store that lost its catalog is refilling until all of its sources were read again", () =>
  inWorkspace(async (workspace) => {
    workspace.write("calls.json", lines(record("r-1")));
    await workspace.withStore(async (store) => {
      await store.catalog.updateTable("meta").set({ value: "refilling" }).where("key", "=", "state").execute();
      expect(await store.state()).toBe("refilling");
      await workspace.ingest(store);
      expect(await store.state()).toBe("ok");
    });
  }));
