import { BaseSequencer, type TestSpecification } from "vitest/node";

/** From half a minute on, the longest first. */
const long = [
  "faults/simulation",
  "faults/simulation-second",
  "browser/browser",
  "ingest/lost-segments",
  "ingest/aws",
  "ingest/command",
  "store/upkeep",
  "faults/each-call",
  "faults/cloudwatch",
  "controls/command",
  "controls/malformed",
  "controls/mutated-answers",
  "faults/kill",
  "ingest/quarantine",
  "faults/deadly",
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
