import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import type { IngestProgress } from "../../server/ingest/options.ts";
import { anHourOn, hourPath, inWorkspace, lines, record } from "./kit.ts";

it("what an earlier run left counts among what is to be read", () =>
  inWorkspace((workspace) =>
    workspace.withStore(async (store) => {
      workspace.write(`${hourPath}/a.json.gz`, gzipSync(lines(record("a"))).subarray(0, 40));
      await workspace.ingest(store);
      workspace.now = anHourOn();
      workspace.write(`${hourPath}/b.json.gz`, lines(record("b")));
      const told: IngestProgress[] = [];
      await workspace.ingest(store, { onProgress: (progress) => told.push(progress) });
      expect(told.at(-1)).toMatchObject({ state: "idle", units: 2, unitsDone: 2 });
      expect(told.every(({ units, unitsDone }) => unitsDone <= units)).toBe(true);
    }),
  ));
