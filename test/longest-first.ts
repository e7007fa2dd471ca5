import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The longest first; the last of them takes some twenty seconds. */
const long = [
  "faults/simulation",
  "faults/simulation-second",
  "browser/browser",
  "ingest/aws",
  "ingest/lost-segments",
  "ingest/command",
  "faults/each-call",
  "faults/cloudwatch",
  "controls/command",
  "controls/malformed",
  "controls/mutated-answers",
  "store/upkeep",
  "faults/kill",
  "faults/deadly",
  "ingest/former-places",
  "faults/objects",
  "faults/full-disk",
];

/** Begins with the longest files, so that no worker ends alone with one of them. On a clean clone nobody has timed them yet. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}

function place({ moduleId }: TestSpecification): number {
  const at = long.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return at === -1 ? long.length : at;
}
