import { existsSync } from "node:fs";
import { type Given, givenIn } from "../server/check-publish.ts";
import { type Checked, compared, earlierLooks, type History, saveCheck } from "../server/check.ts";
import type { Config } from "../server/config.ts";
import type { CheckReport } from "../server/domain/compliance.ts";
import { existingStoreOf } from "../server/setup-store.ts";
import { dataPaths } from "../server/store/data-dir.ts";
import { stderrLog } from "./command.ts";

/** Earlier runs, where there is a store of them. */
export interface CheckHistory {
  /** What they saw. */
  readonly earlierLooks: History;
  /** The report with what became of each result since the last run of its scope. */
  readonly compared: (checked: Checked) => Promise<CheckReport>;
  /** Keeps the run that was compared last. `part`: it was asked for fewer accounts or regions than are configured. */
  readonly keep: (report: CheckReport, checked: Checked, part: boolean) => Promise<void>;
  /** What Security Hub was given by runs of the same scope; null: nothing is kept of it. */
  readonly givenBy: (checked: Checked) => Given | null;
  readonly close: () => Promise<void>;
}

const none: CheckHistory = {
  earlierLooks: async () => null,
  compared: async ({ report }) => report,
  keep: async () => {},
  givenBy: () => null,
  close: async () => {},
};

/** `config` null, or of a data directory without a store: no history, and none is made. */
export async function openHistory(config: Config | null): Promise<CheckHistory> {
  if (config === null || !existsSync(dataPaths(config.store.dir).catalog)) return none;
  const store = await existingStoreOf(config, stderrLog);
  let previous: CheckReport | null = null;
  return {
    earlierLooks: (target, range) => earlierLooks(store.catalog, target, range),
    async compared(checked) {
      const found = await compared(store.catalog, checked, checked.judging);
      previous = found.previous;
      return found.report;
    },
    keep: (report, { snapshot }, part) => saveCheck(store.catalog, report, { snapshot, previous, part }),
    givenBy: ({ snapshot }) => givenIn(store, snapshot.scope, Date.parse(snapshot.run.clock)),
    close: () => store.close(),
  };
}
